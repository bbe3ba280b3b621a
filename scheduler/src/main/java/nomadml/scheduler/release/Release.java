package nomadml.scheduler.release;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import nomadml.spec.ExitCode;

/**
 * A version on its way through the environments; kept where every machine sees it.
 *
 * @param id sorts by time
 * @param digest pinned when it began
 * @param by who began it
 * @param why it was begun
 */
public record Release(
    String id,
    String model,
    String version,
    String digest,
    String by,
    String why,
    Instant created,
    State state,
    List<Stage> stages) {

  public Release {
    stages = List.copyOf(stages);
  }

  /** How far it is. */
  public enum State {
    RUNNING,
    RELEASED,
    REFUSED,
    REJECTED,
    EXPIRED,
    CANCELLED;

    public boolean over() {
      return this != RUNNING;
    }

    /** What a command that followed it exits with. */
    public ExitCode exitCode() {
      return switch (this) {
        case RUNNING, RELEASED -> ExitCode.DONE;
        case REFUSED -> ExitCode.TRAINING_FAILED;
        case REJECTED, CANCELLED -> ExitCode.CANCELLED;
        case EXPIRED -> ExitCode.TIME_LIMIT;
      };
    }
  }

  /**
   * What each of its deployments is marked with: how a stage is found that was not written down.
   */
  String mark() {
    return "release " + id;
  }

  /** The first stage of that kind. */
  int first(Predicate<Stage> wanted) {
    for (int i = 0; i < stages.size(); i++) {
      if (wanted.test(stages.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** The stage at which it is, or ended. */
  public Optional<Stage> at() {
    return stages.stream()
        .filter(
            stage ->
                switch (stage.state()) {
                  case RUNNING, REFUSED, REJECTED, EXPIRED, CANCELLED -> true;
                  default -> false;
                })
        .findFirst();
  }

  /** The stages that serve its version because of it. */
  public List<String> standing() {
    return stages.stream()
        .filter(stage -> stage.state() == Stage.State.DONE)
        .map(Stage::context)
        .toList();
  }

  Release with(int index, Stage stage, State next) {
    List<Stage> all = new ArrayList<>(stages);
    all.set(index, stage);
    return new Release(id, model, version, digest, by, why, created, next, all);
  }

  Release with(State next) {
    return new Release(id, model, version, digest, by, why, created, next, stages);
  }
}
