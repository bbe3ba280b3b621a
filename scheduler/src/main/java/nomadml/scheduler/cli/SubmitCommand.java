package nomadml.scheduler.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code submit-job job.yaml}. */
@Command(name = "submit-job", description = "Trains what a job file says.")
final class SubmitCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;

  @Parameters(paramLabel = "FILE", description = "the job file")
  private Path file;

  @Override
  public Integer call() {
    connection.console().out().println(file);
    return 0;
  }
}
