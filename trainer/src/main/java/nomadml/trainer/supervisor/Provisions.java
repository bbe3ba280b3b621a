package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import nomadml.spec.Json;

/** What a worker starts with: its job file, the files beside it, and what comes from elsewhere. */
record Provisions(
    Task task, RunFolder folder, Surroundings around, Output output, Interruptions interruptions) {

  /** Keeps the job file as others may see it. */
  void keepJobFile() throws IOException {
    if (isSelfContained()) {
      Files.copy(task.jobFile(), folder.jobFile(), StandardCopyOption.REPLACE_EXISTING);
    } else {
      Json.MAPPER.writeValue(folder.jobFile().toFile(), RemoteJob.shown(task.job()));
    }
  }

  /**
   * Brings every input; a server that is away is waited for.
   *
   * @param attempt its number
   * @return the job file the worker reads
   */
  Path bring(int attempt) throws IOException, InterruptedException, Interruption {
    Patience patience = new Patience(around.times().servers(), interruptions, output::warning);
    new Inputs(around.inputs(), patience).bring(task.inputs(), folder.inputs());
    if (isSelfContained()) {
      return folder.jobFile();
    }
    RemoteInputs.Brought brought =
        new RemoteInputs(folder, around.remotes(), patience, output::warning)
            .bring(task.job(), attempt);
    Json.MAPPER.writeValue(folder.workerJobFile().toFile(), brought.job());
    around.report().params(brought.params());
    return folder.workerJobFile();
  }

  private boolean isSelfContained() {
    return RemoteJob.locations(task.job()).isEmpty();
  }
}
