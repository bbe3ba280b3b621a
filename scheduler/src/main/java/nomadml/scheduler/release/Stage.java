package nomadml.scheduler.release;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a release is in an environment.
 *
 * @param approval whether the release asks a human there
 * @param place the cluster and the namespace; empty until it was there
 * @param deployment the id of the deployment that is this stage; null until there is one
 * @param begun null until it has
 * @param ended null until it has
 * @param why it ended like that; more lines are what speaks for it
 */
public record Stage(
    String context,
    boolean approval,
    State state,
    String place,
    @Nullable String deployment,
    @Nullable Instant begun,
    @Nullable Instant ended,
    String why,
    List<Check> checks) {
  private static final int LONGEST = 2000;

  public Stage {
    checks = List.copyOf(checks);
    why = why.length() <= LONGEST ? why : why.substring(0, LONGEST - 1) + "…";
  }

  /** How far. */
  public enum State {
    PENDING,
    RUNNING,
    DONE,
    /** A gate did not hold, the servers did not come up, or it was not begun at all. */
    REFUSED,
    /** By a human. */
    REJECTED,
    /** No human came. */
    EXPIRED,
    /** The job was stopped, or the release was given up. */
    CANCELLED,
    /** It was done, and is to be as before. */
    REVERTING,
    REVERTED,
    /** It was to be reverted, and was left as it is. */
    KEPT
  }

  static Stage of(Plan plan) {
    return new Stage(
        plan.context(), plan.approval(), State.PENDING, "", null, null, null, "", List.of());
  }

  /** The first line of why. */
  public String brief() {
    return why.lines().findFirst().orElse("");
  }

  /** As the command line said it. */
  public Plan plan() {
    return new Plan(context, approval);
  }

  Stage begun(Instant now) {
    return new Stage(
        context,
        approval,
        State.RUNNING,
        place,
        null,
        begun == null ? now : begun,
        null,
        "",
        checks);
  }

  Stage at(String newPlace, String newDeployment) {
    return new Stage(context, approval, state, newPlace, newDeployment, begun, ended, why, checks);
  }

  Stage ended(State end, Instant now, String reason, List<Check> results) {
    return new Stage(context, approval, end, place, deployment, begun, now, reason, results);
  }

  Stage turned(State next, String reason) {
    return new Stage(context, approval, next, place, deployment, begun, ended, reason, checks);
  }
}
