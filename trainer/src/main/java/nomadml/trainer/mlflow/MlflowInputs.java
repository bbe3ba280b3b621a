package nomadml.trainer.mlflow;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import nomadml.trainer.report.RunAddress;
import nomadml.trainer.report.Services;

/** Files the submission put among the run's artifacts. For one thread at a time. */
public final class MlflowInputs {
  private final Artifacts artifacts;

  /** Inputs on the server that is found when it is needed. */
  public MlflowInputs(Services services, Map<String, String> environment) {
    this.artifacts = new Artifacts(new Connection(services, environment));
  }

  /**
   * Brings an artifact into a file, whose folder is made; whoever asks verifies its checksum.
   *
   * @param bytes its size, which bounds the time it may take
   */
  public void download(RunAddress run, String path, Path target, long bytes) throws IOException {
    artifacts.get(run, path, target, bytes);
  }
}
