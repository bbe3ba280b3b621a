package nomadml.scheduler.deploy;

/**
 * What is to be done now.
 *
 * @param why of what ended
 */
record Next(Kind kind, String why) {
  /** What may be done. Each may be done twice. */
  enum Kind {
    REGISTER,
    WAIT,
    JUDGE,
    PROMOTE,
    /** The human did not come in time. */
    EXPIRE,
    /** A server did not become healthy; Nomad itself would try until its progress deadline. */
    CONDEMN,
    /** Away with it. */
    TAKE_BACK,
    /** It is promoted: tags, alias, and all are told. */
    FINISH,
    /** It came to nothing: all are told. */
    GIVE_UP,
    NOTHING
  }

  static Next of(Kind kind) {
    return new Next(kind, "");
  }

  static Next giveUp(String why) {
    return new Next(Kind.GIVE_UP, why);
  }
}
