package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.AllocationListStub;
import com.hashicorp.nomad.apimodel.AllocationMetric;
import com.hashicorp.nomad.apimodel.JobPlanResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import nomadml.scheduler.nomad.Traits.Machine;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Forecast.Verdict;
import nomadml.spec.JobFile;
import org.jspecify.annotations.Nullable;

/** What Nomad's plan of a job means. */
record Forecasts(JobFile file, Translation translation, Traits cluster, String version) {
  Forecast of(JobPlanResponse plan) {
    List<String> notes = new ArrayList<>(translation.notes());
    if (plan.getWarnings() != null && !plan.getWarnings().isBlank()) {
      notes.add("Nomad warns: " + plan.getWarnings().strip());
    }
    Map<String, AllocationMetric> failed = plan.getFailedTgAllocs();
    if (failed == null || failed.isEmpty()) {
      return new Forecast(Verdict.NOW, onlyNode(), List.of(), preempted(plan), notes);
    }
    AllocationMetric metric = failed.values().iterator().next();
    List<String> reasons = new ArrayList<>(PlacementReasons.of(metric));
    List<String> tooSmall = tooSmall();
    boolean never = isFilteredEverywhere(metric) || !tooSmall.isEmpty();
    if (never) {
      reasons.addAll(tooSmall);
      notes.addAll(hints());
    }
    return new Forecast(
        never ? Verdict.NEVER : Verdict.WAITS, null, reasons, preempted(plan), notes);
  }

  private static boolean isFilteredEverywhere(AllocationMetric metric) {
    boolean quota = metric.getQuotaExhausted() != null && !metric.getQuotaExhausted().isEmpty();
    return metric.getNodesExhausted() == 0 && !quota;
  }

  private Traits fitting() {
    JobFile.Gpu gpu = translation.gpu() ? file.resources().gpu() : null;
    return cluster
        .reachable(file.placement())
        .only(machine -> machine.canTrainWith(translation.driver()))
        .only(machine -> gpu == null || machine.has(gpu));
  }

  private @Nullable String onlyNode() {
    List<Machine> machines = fitting().machines();
    return machines.size() == 1 ? machines.get(0).name() : null;
  }

  /** What no node has in all; empty when one has everything. */
  private List<String> tooSmall() {
    Traits fitting = fitting();
    JobFile.Resources wanted = file.resources();
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
    tooSmall(reasons, "MHz of cpu", cpu, largest(fitting, Machine::cpu));
    tooSmall(reasons, "MiB of memory", memory, largest(fitting, Machine::memoryMebibytes));
    tooSmall(reasons, "MiB of disk", disk, largest(fitting, Machine::diskMebibytes));
    if (reasons.isEmpty()) {
      reasons.add("no node has its cpu, memory and disk together, even when nothing else runs");
    }
    return reasons;
  }

  private static long largest(Traits machines, ToLongFunction<Machine> size) {
    return machines.machines().stream().mapToLong(size).max().orElse(0);
  }

  private static void tooSmall(List<String> reasons, String unit, long wanted, long largest) {
    if (wanted > largest) {
      reasons.add("asks for %d %s, the largest node has %d".formatted(wanted, unit, largest));
    }
  }

  private List<String> hints() {
    Traits reachable = cluster.reachable(file.placement());
    String driver = DriverChoice.word(translation.driver());
    if (reachable.machines().isEmpty()) {
      return List.of(
          "hint: submit-job nodes shows what is there"
              + (cluster.unavailable() > 0
                  ? " (" + cluster.unavailable() + " are down, drained or not eligible)"
                  : ""));
    }
    if (translation.driver() != JobFile.Driver.DOCKER
        && reachable.count(Machine::hasTrainer) == 0) {
      return List.of(
          "hint: lay trainer "
              + version
              + " on the nodes: ./setup.sh up, or see docs/operations.md");
    }
    if (reachable.count(machine -> machine.drivers().contains(translation.driver())) == 0) {
      return List.of("hint: no node has the driver " + driver + "; submit-job nodes shows which");
    }
    if (fitting().machines().isEmpty() && translation.gpu()) {
      return List.of("hint: submit-job nodes shows the devices; gpu.required: false takes the CPU");
    }
    return List.of("hint: submit-job nodes shows what each node has");
  }

  private static List<String> preempted(JobPlanResponse plan) {
    if (plan.getAnnotations() == null || plan.getAnnotations().getPreemptedAllocs() == null) {
      return List.of();
    }
    return plan.getAnnotations().getPreemptedAllocs().stream()
        .map(AllocationListStub::getJobId)
        .distinct()
        .toList();
  }
}
