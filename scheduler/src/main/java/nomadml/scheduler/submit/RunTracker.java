package nomadml.scheduler.submit;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nomadml.spec.Names;

/**
 * The server that keeps runs: MLflow. One that can't be reached is a {@link
 * nomadml.scheduler.SchedulerFailure} with exit code 5.
 */
public interface RunTracker {
  /** For messages: {@code MLflow at http://127.0.0.1:5000}. */
  String name();

  /**
   * The run tagged with the submission ({@code Names.TAG_SUBMISSION}), else a new one with status
   * SCHEDULED.
   */
  Run ensureRun(String experiment, String name, Map<String, String> tags);

  Optional<Run> run(String runId);

  /** The newest run of a job by its id, whether the cluster still knows the job or not. */
  Optional<Run> newestOf(String jobId);

  /** What a file among the run's artifacts holds; the caller closes it. */
  Optional<InputStream> artifact(Run run, String path);

  /** Stores a file as an artifact of the run. */
  void upload(Run run, String path, Path file);

  void setTags(Run run, Map<String, String> tags);

  /** Ends a run: FINISHED, FAILED or KILLED. */
  void finish(Run run, String status, Instant when);

  /** Runs tagged as ours that have not ended. */
  List<Run> unfinished();

  /** Runs tagged as ours that ended after a moment. */
  List<Run> endedSince(Instant moment);

  /** Runs of which somebody may still have to be told something. */
  List<Run> unannounced();

  /** Where a person sees it. */
  URI link(Run run);

  /**
   * A run.
   *
   * @param status SCHEDULED, RUNNING, FINISHED, FAILED or KILLED
   * @param metrics the newest value of each
   */
  record Run(
      String id,
      String experimentId,
      String name,
      String status,
      Map<String, String> tags,
      Map<String, Double> metrics,
      Instant started,
      Instant ended) {
    private static final Set<String> ENDED = Set.of("FINISHED", "FAILED", "KILLED");

    public boolean hasEnded() {
      return ENDED.contains(status);
    }

    /** Which run it is, in the words of logs. */
    public Map<String, String> about() {
      String submission = tags.getOrDefault(Names.TAG_SUBMISSION, "");
      return submission.isEmpty() ? Map.of("run_id", id) : Map.of("run_id", id, "job", submission);
    }
  }
}
