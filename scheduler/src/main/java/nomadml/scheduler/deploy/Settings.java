package nomadml.scheduler.deploy;

import java.time.Duration;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;

/**
 * How a model is served.
 *
 * @param count how many servers
 * @param canary how many of the new version beside the old one; 0 replaces one after the other
 * @param canaryWeight percent of the requests that the gateway gives to canaries
 * @param driver null lets the nodes decide
 * @param server options of the model server by their long names, such as {@code max-batch}
 * @param secrets environment variable → {@code path#key} of a Nomad Variable
 */
public record Settings(
    int count,
    int canary,
    int canaryWeight,
    JobFile.Resources resources,
    JobFile.Placement placement,
    @Nullable Driver driver,
    Map<String, String> server,
    Map<String, String> secrets,
    Times times) {

  /** The server's own default. */
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private static final Duration MARGIN = Duration.ofSeconds(10);

  public Settings {
    check(count >= 1, "--count " + count, "1 or more");
    check(canary >= 0 && canary <= count, "--canary " + canary, "0 to --count, " + count);
    check(
        canaryWeight >= 0 && canaryWeight <= 100,
        "--canary-weight " + canaryWeight,
        "a percentage, 0 to 100");
    check(
        driver != Driver.JAVA,
        "--driver java",
        "raw_exec, exec or docker: the server brings its own start script");
    server = Map.copyOf(server);
    Duration killTimeout = killTimeout(server);
    check(
        killTimeout.compareTo(times.progressDeadline().duration()) < 0,
        "--progress-deadline " + times.progressDeadline(),
        "more than --drain and 10s, " + new TimeSpan(killTimeout));
    secrets = Map.copyOf(secrets);
  }

  /** What a server has to leave in, from SIGTERM on. */
  public Duration killTimeout() {
    return killTimeout(server);
  }

  private static Duration killTimeout(Map<String, String> server) {
    String said = server.get("drain");
    return (said == null ? DRAIN : TimeSpan.parse(said).duration()).plus(MARGIN);
  }

  /** The same without canaries. */
  Settings atOnce() {
    return new Settings(
        count, 0, canaryWeight, resources, placement, driver, server, secrets, times);
  }

  static void check(boolean holds, String what, String allowed) {
    if (!holds) {
      throw new SchedulerFailure(ExitCode.USAGE, what + " is not possible", allowed);
    }
  }

  /**
   * When Nomad takes a server for healthy, and when it gives up.
   *
   * @param minHealthy healthy for so long
   * @param healthyDeadline of one server
   * @param progressDeadline until the next one is healthy
   */
  public record Times(TimeSpan minHealthy, TimeSpan healthyDeadline, TimeSpan progressDeadline) {
    public Times {
      check(
          minHealthy.duration().compareTo(healthyDeadline.duration()) < 0,
          "--min-healthy-time " + minHealthy,
          "less than --healthy-deadline, " + healthyDeadline);
      check(
          healthyDeadline.duration().compareTo(progressDeadline.duration()) < 0,
          "--healthy-deadline " + healthyDeadline,
          "less than --progress-deadline, " + progressDeadline);
    }
  }
}
