package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.AllocationListStub;
import com.hashicorp.nomad.apimodel.AllocationMetric;
import com.hashicorp.nomad.apimodel.JobPlanResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.nomad.Traits.Machine;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Forecast.Verdict;
import nomadml.spec.JobFile;
import org.jspecify.annotations.Nullable;

/** What Nomad's plan of a job means. */
final class Forecasts {
  private final Needs needs;
  private final List<String> decisions;
  private final Traits cluster;
  private final Feasibility feasibility;

  Forecasts(JobFile file, Translation translation, Traits cluster, String version) {
    this(Needs.of(file, translation, version), translation.notes(), cluster);
  }

  Forecasts(Needs needs, List<String> decisions, Traits cluster) {
    this.needs = needs;
    this.decisions = decisions;
    this.cluster = cluster;
    feasibility = new Feasibility(needs, cluster);
  }

  Forecast of(JobPlanResponse plan) {
    List<String> notes = new ArrayList<>(decisions);
    if (plan.getWarnings() != null && !plan.getWarnings().isBlank()) {
      notes.add("Nomad warns: " + plan.getWarnings().strip());
    }
    Map<String, AllocationMetric> failed = plan.getFailedTgAllocs();
    if (failed == null || failed.isEmpty()) {
      return new Forecast(Verdict.NOW, onlyNode(), List.of(), preempted(plan), notes);
    }
    AllocationMetric metric = failed.values().iterator().next();
    List<String> tooLarge = feasibility.tooLarge();
    if (!tooLarge.isEmpty()) {
      return never(tooLarge, "submit-job nodes shows what each node has");
    }
    if (isFilteredEverywhere(metric)) {
      return never(reasons(metric), hint());
    }
    return new Forecast(Verdict.WAITS, null, reasons(metric), preempted(plan), notes);
  }

  /** The one note is what to do. */
  private static Forecast never(List<String> reasons, String hint) {
    return new Forecast(Verdict.NEVER, null, reasons, List.of(), List.of(Forecast.HINT + hint));
  }

  private static boolean isFilteredEverywhere(AllocationMetric metric) {
    boolean quota = metric.getQuotaExhausted() != null && !metric.getQuotaExhausted().isEmpty();
    return metric.getNodesExhausted() == 0 && !quota;
  }

  private List<String> reasons(AllocationMetric metric) {
    if (PlacementReasons.areNamed(metric)) {
      return PlacementReasons.of(metric);
    }
    List<String> reasons = new ArrayList<>(feasibility.lacking(metric.getNodesFiltered()));
    metric.setConstraintFiltered(Map.of());
    reasons.addAll(PlacementReasons.of(metric));
    return reasons;
  }

  private @Nullable String onlyNode() {
    List<Machine> machines = feasibility.fitting().machines();
    return machines.size() == 1 ? machines.get(0).name() : null;
  }

  private String hint() {
    Traits reachable = feasibility.reachable();
    JobFile.Driver driver = needs.driver();
    if (reachable.machines().isEmpty()) {
      return "submit-job nodes shows what is there"
          + (cluster.unavailable() > 0
              ? "; " + cluster.unavailable() + " are down, drained or not eligible"
              : "");
    }
    if (driver != JobFile.Driver.DOCKER && reachable.count(Machine::hasTrainer) == 0) {
      return "lay " + needs.program() + " " + needs.version() + " on the nodes: " + needs.laying();
    }
    if (reachable.count(machine -> machine.canTrainWith(driver)) == 0) {
      return "submit-job nodes shows the drivers; driver chooses one";
    }
    if (feasibility.fitting().machines().isEmpty() && needs.gpu()) {
      return "submit-job nodes shows the devices; resources.gpu.required=false takes the CPU";
    }
    return "submit-job nodes shows what each node has";
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
