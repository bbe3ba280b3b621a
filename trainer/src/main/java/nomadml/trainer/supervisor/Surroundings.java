package nomadml.trainer.supervisor;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import nomadml.spec.Location;
import nomadml.trainer.report.Gauges;
import nomadml.trainer.report.Report;
import nomadml.trainer.sources.NodeCache;
import nomadml.trainer.sources.Source;

/**
 * Everything a supervisor works with; the command makes it, and so do tests.
 *
 * @param trainer the program whose {@code train} is the built-in worker
 * @param addresses further environment of a user's program, looked up when it starts
 * @param tracked whether there is a server to report to; without one the spool is the record
 */
public record Surroundings(
    Report report,
    Gauges gauges,
    Fence fence,
    InputSource inputs,
    Remotes remotes,
    RunStorage storage,
    Machine machine,
    List<String> trainer,
    Addresses addresses,
    boolean tracked,
    String version,
    Clock clock,
    Times times) {

  /** Finds what a user's program is told about the servers. */
  @FunctionalInterface
  public interface Addresses {
    Map<String, String> find();
  }

  /**
   * Where data and models come from that do not lie beside the job file.
   *
   * @param sources makes a source of a location, and knows whether it is a folder
   * @param recorded the params of the run in MLflow; empty when there is none
   */
  public record Remotes(NodeCache cache, Sources sources, Recorded recorded) {}

  /** Makes sources. */
  @FunctionalInterface
  public interface Sources {
    Source at(Location location, boolean folder);
  }

  /** Reads what earlier attempts recorded. */
  @FunctionalInterface
  public interface Recorded {
    Map<String, String> params() throws IOException;
  }

  /**
   * How long things may take.
   *
   * @param servers an input or an earlier checkpoint may need, when a server is away
   * @param lastReports at the end, when a server is away
   * @param leave a worker gets to leave at its time limit
   * @param stop a worker gets after a signal; Nomad's own limit usually comes first
   * @param run a user's program waits for its run in MLflow
   * @param retry before the first repetition; twice as long before the next
   * @param tail between two uploads of what a command has told and MLflow has not
   */
  public record Times(
      Duration servers,
      Duration lastReports,
      Duration leave,
      Duration stop,
      Duration run,
      Duration retry,
      Duration tail) {
    public static final Times USUAL =
        new Times(
            Duration.ofMinutes(10),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(15));
  }
}
