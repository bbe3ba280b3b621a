package nomadml.serving.input;

/** A request that can't be answered; whoever sent it must change it. */
public final class RefusedRequestException extends Exception {
  private final Reason reason;

  /** What kind of refusal it is. */
  public enum Reason {
    BAD_REQUEST(400),
    NOT_FOUND(404),
    TOO_LARGE(413),
    UNSUPPORTED_MEDIA_TYPE(415);

    private final int status;

    Reason(int status) {
      this.status = status;
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  public RefusedRequestException(Reason reason, String message) {
    super(message, null, false, false); // Strangers cause it as often as they like.
    this.reason = reason;
  }

  /** The body is wrong. */
  public static RefusedRequestException bad(String message) {
    return new RefusedRequestException(Reason.BAD_REQUEST, message);
  }

  public Reason reason() {
    return reason;
  }
}
