package nomadml.scheduler.cli;

import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Parameters;

/** The model a command is about. */
final class DeployModel {
  @Parameters(index = "0", paramLabel = "NAME", description = "the registered model's name")
  private String name = "";

  String name() {
    if (name.isBlank() || name.matches(".*[/@:].*")) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "'" + name + "' is no name of a registered model",
          "the name alone, without version and alias");
    }
    return name;
  }
}
