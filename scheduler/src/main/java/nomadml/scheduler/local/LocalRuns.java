package nomadml.scheduler.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/** The folders of this machine's runs, and what the trainer does with one. */
public final class LocalRuns {
  private final Path folder;
  private final Map<String, String> environment;
  private final Trainer trainer;

  public LocalRuns(Path folder, Map<String, String> environment, Trainer trainer) {
    this.folder = folder.toAbsolutePath().normalize();
    this.environment = environment;
    this.trainer = trainer;
  }

  public List<String> ids() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> runs = Files.list(folder)) {
      return runs.filter(Files::isDirectory).map(run -> run.getFileName() + "").sorted().toList();
    }
  }

  /** Sends a run's record to MLflow; the trainer's exit code. */
  public int sync(String id, OutputStream output, OutputStream errors) throws IOException {
    LocalRun run = new LocalRun(folder.resolve(id));
    if (!ids().contains(id)) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "there is no run " + id + " on this machine", "submit-job list --local");
    }
    List<String> command =
        List.of(trainer.program().toString(), "sync", "--run-folder", run.folder().toString());
    return ChildCommand.run(
        command, run.folder(), environment, InputStream.nullInputStream(), output, errors);
  }
}
