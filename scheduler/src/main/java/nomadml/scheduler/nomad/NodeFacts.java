package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import nomadml.scheduler.nomad.Traits.Device;
import nomadml.spec.ByteSize;
import org.jspecify.annotations.Nullable;

/** What Nomad's JSON of a node says. */
record NodeFacts(JsonNode node) {
  static boolean isSchedulable(JsonNode node) {
    return status(node).equals("ready");
  }

  static String status(JsonNode node) {
    String status = node.path("Status").asText();
    if (!status.equals("ready")) {
      return status;
    }
    boolean drains = node.path("Drain").asBoolean() || node.path("DrainStrategy").isObject();
    return drains
        ? "draining"
        : node.path("SchedulingEligibility").asText().equals("eligible") ? "ready" : "ineligible";
  }

  long cpu() {
    return total("Cpu", "CpuShares");
  }

  long memoryMebibytes() {
    return total("Memory", "MemoryMB");
  }

  long diskMebibytes() {
    return total("Disk", "DiskMB");
  }

  /** What the node has, less what it keeps for itself. */
  private long total(String part, String unit) {
    return node.path("NodeResources").path(part).path(unit).asLong()
        - node.path("ReservedResources").path(part).path(unit).asLong();
  }

  List<String> healthyDrivers() {
    List<String> healthy = new ArrayList<>();
    node.path("Drivers")
        .properties()
        .forEach(
            driver -> {
              if (driver.getValue().path("Healthy").asBoolean()) {
                healthy.add(driver.getKey());
              }
            });
    healthy.sort(null);
    return healthy;
  }

  List<Device> devices() {
    List<Device> devices = new ArrayList<>();
    for (JsonNode device : node.path("NodeResources").path("Devices")) {
      long healthy =
          StreamSupport.stream(device.path("Instances").spliterator(), false)
              .filter(instance -> instance.path("Healthy").asBoolean())
              .count();
      devices.add(
          new Device(
              device.path("Vendor").asText(),
              device.path("Type").asText(),
              device.path("Name").asText(),
              (int) healthy,
              memory(device.path("Attributes").path("memory"))));
    }
    return devices;
  }

  private static @Nullable Long memory(JsonNode attribute) {
    if (!attribute.isObject()) {
      return null;
    }
    String number =
        attribute.has("Int") ? attribute.path("Int").asText() : attribute.path("Float").asText();
    try {
      return ByteSize.parse(number + attribute.path("Unit").asText("MiB").replace('k', 'K')).bytes()
          >> 20;
    } catch (IllegalArgumentException e) {
      return null; // A plugin's unit that Nomad knows and we don't.
    }
  }
}
