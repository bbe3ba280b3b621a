package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server that keeps runs: MLflow. Every call may be made again with the same arguments without
 * another effect. A call that fails finds the server anew the next time: it may have moved.
 *
 * <p>A {@link RefusedException} says that the same call will never be accepted; any other {@link
 * IOException} that it may be tried again.
 */
public interface Tracker {
  /**
   * The run of a submission: the one named, else the one tagged with the submission, else a new
   * one.
   *
   * @return where it is
   */
  RunAddress ensureRun(RunIdentity identity) throws IOException;

  /** The last point of each metric the run has, so that a resumed attempt repeats none. */
  Map<String, Batch.Point> lastPoints(RunAddress run) throws IOException;

  /** Writes points, params and tags; at most 1000 points. */
  void log(RunAddress run, Batch batch) throws IOException;

  /** Stores a file, or every file of a folder, as an artifact. */
  void upload(RunAddress run, String path, Path source) throws IOException;

  /** Notes a data set as an input of the run. */
  void use(RunAddress run, Dataset dataset) throws IOException;

  /**
   * Makes the model folder of the run a version of a registered model, once, and notes its digest.
   *
   * @return the version's number
   */
  String register(RunAddress run, String model, String path, @Nullable String digest)
      throws IOException;

  /** Sets the run's status: RUNNING, FINISHED, FAILED or KILLED, or SCHEDULED to be resumed. */
  void setStatus(RunAddress run, RunStatus status, long timestamp) throws IOException;
}
