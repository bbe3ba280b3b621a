package nomadml.scheduler.release;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Deployment.Step;
import nomadml.scheduler.deploy.Steps;
import org.jspecify.annotations.Nullable;

/**
 * A gate of a stage and what came of it.
 *
 * @param gate as it was written
 * @param holds null when it was not looked at
 * @param words what was measured
 * @param milliseconds from when the servers were healthy until it was decided
 */
public record Check(String gate, @Nullable Boolean holds, String words, long milliseconds) {

  /** Those of a deployment, as its steps tell. */
  static List<Check> of(Deployment deployment) {
    Instant healthy = step(deployment, Steps.HEALTHY).map(Step::at).orElse(deployment.created());
    List<Check> checks = new ArrayList<>();
    for (String gate : deployment.wish().gates()) {
      checks.add(of(deployment, gate.strip(), healthy));
    }
    return checks;
  }

  private static Check of(Deployment deployment, String gate, Instant healthy) {
    for (Step step : deployment.steps()) {
      for (String line : step.measured()) {
        boolean holds = line.startsWith(gate + " holds");
        if (holds || line.startsWith(gate + " does not hold")) {
          long took = Math.max(0, Duration.between(healthy, step.at()).toMillis());
          return new Check(gate, holds, line, took);
        }
      }
    }
    return new Check(gate, null, "not looked at", 0);
  }

  private static Optional<Step> step(Deployment deployment, String what) {
    return deployment.steps().stream().filter(step -> step.what().equals(what)).findFirst();
  }
}
