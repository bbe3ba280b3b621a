package nomadml.trainer.supervisor;

/** What ends an attempt from outside while it waits for something. */
final class Interruption extends Exception {
  private final Reason reason;

  Interruption(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }

  /** Who ends it. */
  enum Reason {
    /** A signal: Nomad stops the task, or a person does. */
    SIGNAL,
    TIME_LIMIT,
    /** A later attempt runs elsewhere. */
    SUPERSEDED
  }
}
