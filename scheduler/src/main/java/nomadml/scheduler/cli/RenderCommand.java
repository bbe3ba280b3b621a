package nomadml.scheduler.cli;

import java.util.concurrent.Callable;
import nomadml.spec.JobFile;
import nomadml.spec.JobFileException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job render}. */
@Command(
    name = "render",
    description = {
      "Prints the exact job the cluster would be given, as JSON; nomad job run -json takes it.",
      "Ids of the submission are zeros: they are made when it is submitted."
    })
final class RenderCommand implements Callable<Integer> {
  @Mixin private JobFileOptions jobFile;
  @Mixin private ConnectionOptions connection;

  @Override
  public Integer call() throws JobFileException {
    JobFile job = jobFile.read();
    Platform platform = connection.platform();
    connection
        .console()
        .out()
        .println(
            platform
                .cluster()
                .render(
                    Submissions.on(platform, connection.console())
                        .preview(job, jobFile.path(), jobFile.id())));
    return 0;
  }
}
