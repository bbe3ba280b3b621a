package nomadml.scheduler.nomad;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import org.jspecify.annotations.Nullable;

/**
 * The task driver of a job.
 *
 * @param note why, for a person; empty when the file says so
 */
record DriverChoice(Driver driver, List<String> note) {

  /**
   * What the file says; else the driver by which most nodes can run it. Among equals {@code
   * raw_exec} where an operator allowed it: it starts at once and sees the node's programs, while
   * {@code exec} first builds a root of its own, which takes seconds. Both limit memory.
   */
  static DriverChoice of(JobFile job, Traits traits) {
    if (job.image() != null) {
      return new DriverChoice(Driver.DOCKER, List.of());
    }
    Driver said = job.driver();
    if (said != null) {
      return new DriverChoice(said, List.of());
    }
    boolean isCommand = job.train() == null;
    List<Driver> liked =
        isCommand
            ? List.of(Driver.RAW_EXEC, Driver.EXEC)
            : List.of(Driver.RAW_EXEC, Driver.EXEC, Driver.JAVA);
    return among(liked, traits, isCommand, "trainer");
  }

  /** The driver of a model server: what is said, else as above. */
  static DriverChoice ofServer(@Nullable Driver said, Traits traits) {
    return said == null
        ? among(List.of(Driver.RAW_EXEC, Driver.EXEC), traits, false, "server")
        : new DriverChoice(said, List.of());
  }

  private static DriverChoice among(
      List<Driver> liked, Traits traits, boolean isCommand, String program) {
    Driver best =
        liked.stream()
            .max(
                Comparator.<Driver>comparingInt(driver -> usable(driver, traits))
                    .thenComparingInt(driver -> healthy(driver, traits))
                    .thenComparing(driver -> -liked.indexOf(driver)))
            .orElseThrow();
    if (usable(best, traits) == 0 && usable(Driver.DOCKER, traits) > 0) {
      return new DriverChoice(
          Driver.DOCKER, List.of("runs by the docker driver in the " + program + "'s own image"));
    }
    return new DriverChoice(best, note(best, isCommand, traits));
  }

  private static List<String> note(Driver best, boolean isCommand, Traits traits) {
    int usable = usable(best, traits);
    int all = traits.machines().size();
    if (usable > 0 && isCommand && best == Driver.EXEC) {
      return List.of("runs by the exec driver: it sees only the system folders of the node");
    }
    return usable == 0 || usable == all
        ? List.of()
        : List.of("runs by the " + word(best) + " driver, on " + usable + " of " + all + " nodes");
  }

  private static int usable(Driver driver, Traits traits) {
    return traits.count(machine -> machine.canTrainWith(driver));
  }

  private static int healthy(Driver driver, Traits traits) {
    return traits.count(machine -> machine.drivers().contains(driver));
  }

  /** As Nomad calls it. */
  static String word(Driver driver) {
    return driver.name().toLowerCase(Locale.ROOT);
  }
}
