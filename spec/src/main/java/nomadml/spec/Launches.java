package nomadml.spec;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Jobs that Nomad starts by a schedule: their ids are its job's and the second they were due. */
public final class Launches {
  private static final Pattern ID = Pattern.compile("(.+)/periodic-(\\d+)");

  private Launches() {}

  /** The id of the schedule's job; nothing for a job that no schedule started. */
  public static Optional<String> schedule(String jobId) {
    Matcher id = ID.matcher(jobId);
    return id.matches() ? Optional.of(id.group(1)) : Optional.empty();
  }

  /**
   * The submission that a job is of: each launch has its own, the same whenever it is asked for.
   *
   * @param submission that the schedule, and so the environment and the meta of each launch, has
   */
  public static String submission(String submission, String jobId) {
    Matcher id = ID.matcher(jobId);
    return id.matches() ? submission + "-" + id.group(2) : submission;
  }
}
