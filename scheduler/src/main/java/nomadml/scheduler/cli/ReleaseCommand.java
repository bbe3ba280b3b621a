package nomadml.scheduler.cli;

import java.util.List;
import java.util.concurrent.Callable;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.release.Plan;
import nomadml.scheduler.release.Release;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code submit-job release}: a version through the environments. */
@Command(
    name = "release",
    subcommands = {
      ReleaseStatusCommand.class,
      ReleaseHistoryCommand.class,
      ReleaseResumeCommand.class,
      ReleaseRevertCommand.class,
      ReleaseCancelCommand.class
    },
    description = {
      "Deploys a version of a registered model in one environment after the other, the same digest in"
          + " each, and stops at the first that refuses it.",
      "Environments are contexts of config.yaml; deploy: of a context says how it is deployed there.",
      "Interrupted at any moment and typed again, it goes on where it was.",
      "Exits with 4 when a stage refused it, with 7 when a human rejected it, with 6 when none came."
    })
final class ReleaseCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private ReleaseStages stages;
  @Mixin private ReleaseRun run;
  @Mixin private Output output;

  @Spec private CommandSpec command;

  /** Optional to picocli, which asks for it even before a subcommand. */
  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "NAME/VERSION, NAME@ALIAS or NAME/latest")
  private @Nullable String model;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  private String reason = "";

  @Override
  public Integer call() {
    if (model == null) {
      throw new ParameterException(command.commandLine(), "the model is missing");
    }
    ModelReference reference = ModelReference.parse(model);
    List<Plan> plans = stages.plans();
    return run.follow(
        connection,
        output,
        () -> ReleaseReport.none(reference, plans, connection.platform().clock().instant()),
        releaser -> {
          Release begun = releaser.begin(reference, plans, reason);
          connection
              .console()
              .err()
              .println(
                  "releases %s/%s (%s) as %s"
                      .formatted(begun.model(), begun.version(), begun.digest(), begun.id()));
          return begun;
        });
  }
}
