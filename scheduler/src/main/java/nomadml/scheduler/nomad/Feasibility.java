package nomadml.scheduler.nomad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import nomadml.scheduler.nomad.Traits.Machine;
import nomadml.spec.JobFile;
import org.jspecify.annotations.Nullable;

/** Which nodes could ever run a job, by what each has in all, and what the others lack. */
final class Feasibility {
  private final Needs needs;
  private final Traits reachable;

  Feasibility(Needs needs, Traits cluster) {
    this.needs = needs;
    reachable = cluster.reachable(needs.placement());
  }

  Traits reachable() {
    return reachable;
  }

  /** Those that lack nothing; whether they are big enough is another question. */
  Traits fitting() {
    return reachable.only(machine -> lack(machine) == null);
  }

  /** What nodes lack, with counts; nodes that only user's constraints exclude come last. */
  List<String> lacking(int filtered) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Machine machine : reachable.machines()) {
      String lack = lack(machine);
      if (lack != null) {
        counts.merge(lack, 1, Integer::sum);
      }
    }
    int others = filtered - counts.values().stream().mapToInt(Integer::intValue).sum();
    if (others > 0) {
      counts.put("placement.constraints or the nomad block exclude it", others);
    }
    int all = reachable.machines().size();
    List<String> reasons = new ArrayList<>();
    counts.forEach((lack, count) -> reasons.add(PlacementReasons.line(count, all, lack)));
    return reasons;
  }

  private @Nullable String lack(Machine machine) {
    JobFile.Driver driver = needs.driver();
    if (!machine.drivers().contains(driver)) {
      return "driver " + DriverChoice.word(driver) + " is not there or not healthy";
    }
    if (driver != JobFile.Driver.DOCKER && !machine.hasTrainer()) {
      return needs.program() + " " + needs.version() + " is not laid there";
    }
    if (!machine.canTrainWith(driver)) {
      return "driver "
          + DriverChoice.word(driver)
          + " does not see the "
          + needs.program()
          + " there";
    }
    JobFile.Gpu gpu = needs.resources().gpu();
    if (needs.gpu() && gpu != null && !machine.has(gpu)) {
      return "no device " + GpuRequest.describe(gpu);
    }
    return null;
  }

  /** What the file asks for and no fitting node has in all; empty when one has everything. */
  List<String> tooLarge() {
    Traits fitting = fitting();
    JobFile.Resources wanted = needs.resources();
    long cpu = wanted.cpu();
    long memory = wanted.memory().toMebibytes();
    long disk = wanted.disk().toMebibytes();
    if (fitting.machines().isEmpty()
        || fitting.count(
                machine ->
                    machine.cpu() >= cpu
                        && machine.memoryMebibytes() >= memory
                        && machine.diskMebibytes() >= disk)
            > 0) {
      return List.of();
    }
    List<String> reasons = new ArrayList<>();
    compare(reasons, "MHz of cpu", cpu, largest(fitting, Machine::cpu));
    compare(reasons, "MiB of memory", memory, largest(fitting, Machine::memoryMebibytes));
    compare(reasons, "MiB of disk", disk, largest(fitting, Machine::diskMebibytes));
    if (reasons.isEmpty()) {
      reasons.add("no node has its cpu, memory and disk together, even when nothing else runs");
    }
    return reasons;
  }

  private static long largest(Traits machines, ToLongFunction<Machine> size) {
    return machines.machines().stream().mapToLong(size).max().orElse(0);
  }

  private static void compare(List<String> reasons, String unit, long wanted, long largest) {
    if (wanted > largest) {
      reasons.add("asks for %d %s, the largest node has %d".formatted(wanted, unit, largest));
    }
  }
}
