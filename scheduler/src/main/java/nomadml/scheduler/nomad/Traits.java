package nomadml.scheduler.nomad;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import nomadml.spec.JobFile;
import org.jspecify.annotations.Nullable;

/**
 * What a translation and a forecast depend on: the nodes that are ready, and what each has in all.
 *
 * @param unavailable how many further nodes are down, drained or not eligible
 */
record Traits(List<Machine> machines, int unavailable) {

  /**
   * A node that is ready.
   *
   * @param hasTrainer whether this version of the trainer is laid on it
   * @param hasTrainerFolder whether its metadata says where, for {@code raw_exec}
   * @param hasTrainerVolume whether it has the host volume, for {@code exec} and {@code java}
   */
  record Machine(
      String name,
      String pool,
      String datacenter,
      Set<JobFile.Driver> drivers,
      boolean hasTrainer,
      boolean hasTrainerFolder,
      boolean hasTrainerVolume,
      long cpu,
      long memoryMebibytes,
      long diskMebibytes,
      List<Device> devices) {

    /** Whether the trainer can run on it with this driver. */
    boolean canTrainWith(JobFile.Driver driver) {
      return drivers.contains(driver)
          && switch (driver) {
            case DOCKER -> true;
            case EXEC, JAVA -> hasTrainer && hasTrainerVolume;
            case RAW_EXEC -> hasTrainer && hasTrainerFolder;
          };
    }

    boolean has(JobFile.Gpu gpu) {
      return devices.stream()
          .filter(device -> device.matches(gpu))
          .anyMatch(device -> device.count() >= gpu.count());
    }
  }

  /**
   * Healthy devices of one model.
   *
   * @param memoryMebibytes of each; null when the plugin does not tell
   */
  record Device(
      String vendor, String type, String model, int count, @Nullable Long memoryMebibytes) {
    boolean matches(JobFile.Gpu gpu) {
      return GpuRequest.NAME.equals(vendor + "/" + type)
          && (gpu.model() == null || contains(model, gpu.model()))
          && (gpu.memory() == null
              || (memoryMebibytes != null
                  && MemoryBound.parse(gpu.memory()).holds(memoryMebibytes)));
    }

    private static boolean contains(String text, String part) {
      return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }
  }

  /** The nodes in the pool and the datacenters of a job. */
  Traits reachable(JobFile.Placement placement) {
    List<Pattern> datacenters = placement.datacenters().stream().map(Traits::glob).toList();
    return only(
        machine ->
            isIn(machine.pool(), placement.nodePool())
                && datacenters.stream().anyMatch(d -> d.matcher(machine.datacenter()).matches()));
  }

  Traits only(Predicate<Machine> wanted) {
    return new Traits(machines.stream().filter(wanted).toList(), unavailable);
  }

  int count(Predicate<Machine> wanted) {
    return (int) machines.stream().filter(wanted).count();
  }

  private static boolean isIn(String pool, @Nullable String wanted) {
    return "all".equals(wanted) || pool.equals(wanted == null ? "default" : wanted);
  }

  private static Pattern glob(String text) {
    return Pattern.compile(("\\Q" + text + "\\E").replace("*", "\\E.*\\Q"));
  }
}
