package nomadml.scheduler.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The job file and what is changed in it. */
final class JobFileOptions {
  private static final String ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Optional to picocli, which asks for it even before a subcommand. */
  @Parameters(paramLabel = "FILE", arity = "0..1", description = "the job file")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "FIELD=VALUE",
      description = "sets a field, such as train.optimizer.learning_rate=0.01")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "the job's id; by default its name and 8 random digits")
  private @Nullable String id;

  JobFile read() throws JobFileException {
    return JobFileReader.read(path(), overrides);
  }

  /** The job file. */
  Path path() {
    if (file == null) {
      throw new ParameterException(command.commandLine(), "the job file is missing");
    }
    return file;
  }

  @Nullable String id() {
    if (id != null && !id.matches(ID)) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "--id must be 1 to 128 letters, digits, dots, dashes and underscores, not '" + id + "'",
          null);
    }
    return id;
  }
}
