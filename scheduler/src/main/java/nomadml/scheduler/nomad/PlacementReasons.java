package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.AllocationMetric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** Why Nomad placed nothing, in words, with how many nodes each reason holds for. */
final class PlacementReasons {
  private static final String SAME_AS_ANOTHER = "computed class ineligible";

  private PlacementReasons() {}

  static List<String> of(AllocationMetric metric) {
    List<String> reasons = new ArrayList<>();
    int evaluated = metric.getNodesEvaluated();
    if (evaluated == 0) {
      reasons.add("no node is ready in its datacenters and node pool");
    }
    filtered(metric).forEach((reason, count) -> reasons.add(line(count, evaluated, words(reason))));
    orEmpty(metric.getDimensionExhausted())
        .forEach((dimension, count) -> reasons.add(line(count, evaluated, exhausted(dimension))));
    if (metric.getQuotaExhausted() != null) {
      metric.getQuotaExhausted().forEach(quota -> reasons.add("the quota is used up: " + quota));
    }
    return reasons;
  }

  /** Nomad judges nodes of one kind once, and names the reason only for the first of them. */
  private static Map<String, Integer> filtered(AllocationMetric metric) {
    Map<String, Integer> filtered = orEmpty(metric.getConstraintFiltered());
    if (filtered.size() == 2 && filtered.containsKey(SAME_AS_ANOTHER)) {
      int more = filtered.remove(SAME_AS_ANOTHER);
      filtered.replaceAll((reason, count) -> count + more);
    }
    return filtered;
  }

  private static Map<String, Integer> orEmpty(@Nullable Map<String, Integer> counts) {
    return counts == null ? new TreeMap<>() : new TreeMap<>(counts);
  }

  /** Whether Nomad names what it filtered nodes by; judging them a second time, it does not. */
  static boolean areNamed(AllocationMetric metric) {
    return !filtered(metric).containsKey(SAME_AS_ANOTHER);
  }

  static String line(int count, int all, String reason) {
    return (count == all
            ? (all == 1 ? "the only node" : "all " + all + " nodes")
            : count + " of " + all + " nodes")
        + ": "
        + reason;
  }

  private static String words(String reason) {
    String trainers = "${meta." + Names.META_TRAINERS + "} set_contains ";
    if (reason.startsWith(trainers)) {
      return "trainer " + reason.substring(trainers.length()) + " is not laid there";
    }
    String servings = "${meta." + Names.META_SERVINGS + "} set_contains ";
    if (reason.startsWith(servings)) {
      return "serving " + reason.substring(servings.length()) + " is not laid there";
    }
    if (reason.startsWith("${meta." + Names.META_TRAINER_FOLDER + "}")) {
      return "node metadata " + Names.META_TRAINER_FOLDER + " is not set";
    }
    return switch (reason) {
      case "missing devices" -> "no such device";
      case "missing drivers" -> "the task driver is not there or not healthy";
      case "missing compatible host volumes" -> "no host volume " + Names.TRAINER_VOLUME;
      case SAME_AS_ANOTHER -> "its constraints, driver, volume or device are not there";
      default -> "constraint " + reason.strip() + " does not hold";
    };
  }

  private static String exhausted(String dimension) {
    return dimension.startsWith("devices")
        ? "device " + GpuRequest.NAME + " busy"
        : dimension + " exhausted";
  }
}
