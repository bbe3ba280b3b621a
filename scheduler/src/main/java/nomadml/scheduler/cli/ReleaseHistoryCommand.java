package nomadml.scheduler.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.Releaser;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job release history}. */
@Command(name = "history", description = "Lists the releases of a model, the newest first.")
final class ReleaseHistoryCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private DeployModel model;
  @Mixin private Output output;

  @Option(names = "--limit", paramLabel = "N", description = "how many (default: ${DEFAULT-VALUE})")
  private int limit = 10;

  @Override
  public Integer call() {
    Console console = connection.console();
    Releaser releaser = ReleaseRun.releaser(connection, new Output(), null);
    List<Release> releases = releaser.history(model.name(), stages.first(), Math.max(1, limit));
    output.print(
        console,
        releases,
        () ->
            releases.stream()
                .map(release -> ReleaseOutcome.text(release, console.width()))
                .collect(Collectors.joining("\n")));
    if (releases.isEmpty()) {
      console.err().println("no release of " + model.name() + " is written down");
    }
    return ExitCode.DONE.number();
  }
}
