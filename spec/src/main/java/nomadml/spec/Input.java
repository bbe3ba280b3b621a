package nomadml.spec;

/**
 * A local file the job needs, uploaded to the run's artifacts at submission.
 *
 * @param path where the job expects it, relative to the task's working folder
 * @param sha256 64 lower-case hex digits
 * @param bytes its size
 * @param source where it lies: an absolute path in local mode; else the artifact's path inside the
 *     run, or {@code runs:/run_id/path} when a schedule's runs share it
 */
public record Input(String path, String sha256, long bytes, String source) {}
