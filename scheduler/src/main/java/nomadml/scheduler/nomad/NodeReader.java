package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import nomadml.scheduler.nomad.Traits.Device;
import nomadml.scheduler.submit.Node;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** Reads nodes with what is free on each: one request a node, several at once. */
record NodeReader(NomadRest rest) {
  private static final int AT_ONCE = 8;

  private static final String HOLDS_RESOURCES =
      "ClientStatus != \"complete\" and ClientStatus != \"failed\" and ClientStatus != \"lost\"";

  List<Node> read() throws IOException {
    Map<String, Used> used = used();
    List<Node> nodes = new ArrayList<>();
    for (JsonNode node : details()) {
      nodes.add(node(node, used.getOrDefault(node.path("ID").asText(), new Used())));
    }
    nodes.sort(Comparator.comparing(Node::name));
    return nodes;
  }

  private List<JsonNode> details() throws IOException {
    ExecutorService readers = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<JsonNode>> pending = new ArrayList<>();
      for (JsonNode stub : rest.get(Map.of(), "nodes").body()) {
        String id = stub.path("ID").asText();
        pending.add(readers.submit(() -> rest.get(Map.of(), "node", id).body()));
      }
      List<JsonNode> details = new ArrayList<>();
      for (Future<JsonNode> one : pending) {
        details.add(one.get());
      }
      return details;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      readers.shutdownNow();
    }
  }

  private static Node node(JsonNode json, Used used) {
    NodeFacts facts = new NodeFacts(json);
    return new Node(
        json.path("ID").asText(),
        json.path("Name").asText(),
        NodeFacts.status(json),
        json.path("NodePool").asText(),
        json.path("Datacenter").asText(),
        facts.cpu(),
        facts.cpu() - used.cpu,
        facts.memoryMebibytes(),
        facts.memoryMebibytes() - used.memoryMebibytes,
        gpus(facts.devices(), used.devices),
        facts.healthyDrivers(),
        trainers(json.path("Meta").path(Names.META_TRAINERS).textValue()));
  }

  private static List<String> trainers(@Nullable String list) {
    return list == null
        ? List.of()
        : Arrays.stream(list.split(",", -1)).map(String::strip).filter(v -> !v.isEmpty()).toList();
  }

  private static List<Node.Gpu> gpus(List<Device> devices, Map<String, Integer> used) {
    return devices.stream()
        .filter(device -> device.type().equals("gpu"))
        .map(
            device ->
                new Node.Gpu(
                    device.model(),
                    device.memoryMebibytes() == null ? 0 : device.memoryMebibytes(),
                    device.count(),
                    Math.max(0, device.count() - used.getOrDefault(device.model(), 0))))
        .toList();
  }

  private Map<String, Used> used() throws IOException {
    Map<String, Used> used = new HashMap<>();
    Map<String, String> living =
        Map.of("namespace", "*", "resources", "true", "filter", HOLDS_RESOURCES);
    for (JsonNode allocation : rest.get(living, "allocations").body()) {
      used.computeIfAbsent(allocation.path("NodeID").asText(), id -> new Used()).add(allocation);
    }
    return used;
  }

  /** What allocations hold on one node. */
  private static final class Used {
    private long cpu;
    private long memoryMebibytes;
    private final Map<String, Integer> devices = new LinkedHashMap<>();

    void add(JsonNode allocation) {
      for (JsonNode task : allocation.path("AllocatedResources").path("Tasks")) {
        cpu += task.path("Cpu").path("CpuShares").asLong();
        memoryMebibytes += task.path("Memory").path("MemoryMB").asLong();
        for (JsonNode device : task.path("Devices")) {
          devices.merge(
              device.path("Name").asText(), device.path("DeviceIDs").size(), Integer::sum);
        }
      }
    }
  }
}
