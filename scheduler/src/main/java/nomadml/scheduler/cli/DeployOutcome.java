package nomadml.scheduler.cli;

import java.util.List;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Steps;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** The last lines of a deployment: how it ended. */
record DeployOutcome(Console console, Output output) {

  /** Says it; what to exit with. */
  int print(Deployment deployment) {
    ExitCode exitCode = exitCode(deployment);
    if (output.isJson()) {
      console.out().println(Output.jsonLine(Ended.of(deployment, exitCode)));
      return exitCode.number();
    }
    String model = deployment.wish().model() + "/" + deployment.wish().version();
    if (exitCode == ExitCode.DONE) {
      console.out().println(model + " is promoted: " + deployment.wish().service() + " serves it");
    } else {
      String previous = deployment.previous();
      console
          .err()
          .println("error: %s is not promoted: %s".formatted(model, deployment.last().why()));
      console
          .err()
          .println(
              previous == null
                  ? "  nothing ran before it, and nothing runs now"
                  : "  version " + previous + " serves on");
      console.err().println("  hint: submit-job deploy history " + deployment.wish().model());
    }
    console.out().flush();
    console.err().flush();
    return exitCode.number();
  }

  /** It goes on without this process. */
  void left(Deployment deployment) {
    String model = deployment.wish().model();
    output.print(console, deployment, () -> deployment.id() + System.lineSeparator());
    console.err().println("  hint: the same command without --detach goes on with it");
    console.err().println("  hint: submit-job deploy status " + model);
  }

  private static ExitCode exitCode(Deployment deployment) {
    boolean isLate =
        deployment.steps().stream().anyMatch(step -> step.what().equals(Steps.EXPIRED));
    return switch (deployment.state()) {
      case PROMOTED -> ExitCode.DONE;
      case REJECTED -> isLate ? ExitCode.TIME_LIMIT : ExitCode.CANCELLED;
      case STOPPED -> ExitCode.CANCELLED;
      default -> ExitCode.TRAINING_FAILED;
    };
  }

  /** The outcome for programs. */
  record Ended(
      String deployment,
      State state,
      int exitCode,
      String model,
      String version,
      String digest,
      @Nullable String previous,
      String service,
      String why,
      List<String> measured) {
    static Ended of(Deployment deployment, ExitCode exitCode) {
      return new Ended(
          deployment.id(),
          deployment.state(),
          exitCode.number(),
          deployment.wish().model(),
          deployment.wish().version(),
          deployment.wish().digest(),
          deployment.previous(),
          deployment.wish().service(),
          deployment.last().why(),
          deployment.last().measured());
    }
  }
}
