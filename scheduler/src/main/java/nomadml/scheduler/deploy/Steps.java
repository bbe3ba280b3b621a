package nomadml.scheduler.deploy;

/** What may happen in a deployment. */
public final class Steps {
  public static final String WISHED = "wished";
  public static final String REGISTERED = "registered";
  public static final String HEALTHY = "healthy";
  public static final String GOLDEN = "golden set asked";
  public static final String MEASURING = "measuring";
  public static final String HELD = "gates held";
  public static final String NOT_HELD = "gates did not hold";
  public static final String NOT_HEALTHY = "not healthy";
  public static final String WAITING = "waiting for approval";
  public static final String APPROVED = "approved";
  public static final String REJECTED = "rejected";
  public static final String EXPIRED = "nobody approved";
  public static final String PROMOTED = "promoted";
  public static final String FAILED = "failed";
  public static final String STOPPED = "stopped";
  public static final String TOLD = "told ";

  private Steps() {}
}
