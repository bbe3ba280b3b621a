package nomadml.scheduler.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import nomadml.scheduler.deploy.Deployment;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job deploy history}: who, when, why, what was measured, and what came of it. */
@Command(
    name = "history",
    description = "Lists the deployments of a model, the newest first, with each of their steps.")
final class DeployHistoryCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(names = "--limit", paramLabel = "N", description = "how many (default: ${DEFAULT-VALUE})")
  private int limit = 10;

  @Override
  public Integer call() {
    Console console = connection.console();
    List<Deployment> history =
        deploy.deployer(connection, new Output()).history(model.name(), Math.max(1, limit));
    output.print(console, history, () -> text(history));
    if (history.isEmpty()) {
      console.err().println("no deployment of " + model.name() + " is written down");
    }
    return ExitCode.DONE.number();
  }

  private static String text(List<Deployment> history) {
    StringBuilder text = new StringBuilder();
    for (Deployment deployment : history) {
      String previous = deployment.previous();
      text.append(
          "%s  %s %s/%s%s: %s%n"
              .formatted(
                  deployment.id(),
                  deployment.kind().name().toLowerCase(Locale.ROOT),
                  deployment.wish().model(),
                  deployment.wish().version(),
                  previous == null ? "" : " after version " + previous,
                  deployment.state().name().toLowerCase(Locale.ROOT)));
      for (Deployment.Step step : deployment.steps()) {
        String why = step.why().isEmpty() ? "" : ": " + step.why();
        text.append("  %s  %s, %s%s%n".formatted(step.at(), step.what(), step.by(), why));
        step.measured().forEach(line -> text.append("      ").append(line).append('\n'));
      }
    }
    return text.toString();
  }
}
