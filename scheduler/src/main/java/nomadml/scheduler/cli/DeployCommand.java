package nomadml.scheduler.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Settings;
import nomadml.scheduler.deploy.Wish;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code submit-job deploy}: serves a registered model. */
@Command(
    name = "deploy",
    subcommands = {
      DeployStatusCommand.class,
      DeployHistoryCommand.class,
      DeployPromoteCommand.class,
      DeployRejectCommand.class,
      DeployRollbackCommand.class,
      DeployStopCommand.class
    },
    description = {
      "Serves a version of a registered model on Nomad: a canary beside the version that runs, gates,"
          + " a human's approval, promotion; else back to what ran.",
      "Interrupted at any moment and typed again, it goes on where it was.",
      "Exits with 4 when it was taken back, with 7 when a human rejected it, with 6 when none came."
    })
final class DeployCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private DeployConnection deploy;
  @Mixin private ServingOptions serving;
  @Mixin private GateOptions gates;
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

  @Option(names = "--render", description = "print the exact Nomad job as JSON, and do nothing")
  private boolean render;

  @Option(
      names = "--detach",
      description = "leave once the job is registered; the same command goes on with gates")
  private boolean detach;

  @Override
  public Integer call() {
    if (model == null) {
      throw new ParameterException(command.commandLine(), "the model is missing");
    }
    ModelReference reference = ModelReference.parse(model);
    Settings settings = serving.settings();
    gates.wish(new ModelVersion(reference.name(), "0", "", "", Map.of()), "", settings);
    Deployer deployer = deploy.deployer(connection, output);
    ModelVersion version = deployer.resolve(reference);
    Wish wish = gates.wish(version, deployer.digest(version), settings);
    Console console = connection.console();
    if (render) {
      console.out().println(deploy.ports(connection).serving().render(deployer.preview(wish)));
      return ExitCode.DONE.number();
    }
    Deployment begun = deployer.begin(wish, reason);
    console.err().println("deploys " + version + " (" + wish.digest() + ") as " + wish.service());
    if (detach && !begun.state().isOver()) {
      Deployment registered = deployer.register(begun);
      new DeployOutcome(console, output).left(registered);
      return ExitCode.DONE.number();
    }
    return new DeployOutcome(console, output)
        .print(DeployConnection.follow(console, deployer, begun));
  }

  static SchedulerFailure needs(String server, String hint) {
    return new SchedulerFailure(
        ExitCode.USAGE, "deploy needs " + server + ", and none is known", hint);
  }
}
