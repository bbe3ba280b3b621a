package nomadml.system;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.system.servers.Repository;

/** Nomad jobs without anything of ours, in Nomad's own JSON: what else runs on a cluster. */
final class NomadJobs {
  private NomadJobs() {}

  /** A batch job that does nothing for a long time. */
  static Map<String, Object> sleeping(String id, int priority, int cpu) {
    return Map.of(
        "ID",
        id,
        "Name",
        id,
        "Type",
        "batch",
        "Priority",
        priority,
        "Datacenters",
        List.of("*"),
        "TaskGroups",
        List.of(
            Map.of("Name", "group", "Tasks", List.of(task(Map.of("CPU", cpu, "MemoryMB", 64))))));
  }

  /** A batch job whose task fails at once, and again after each of so many restarts. */
  static Map<String, Object> failing(String id, int restarts) {
    long second = 1_000_000_000L;
    Map<String, Object> job = new HashMap<>(sleeping(id, 50, 50));
    job.put(
        "TaskGroups",
        List.of(
            Map.of(
                "Name",
                "group",
                "RestartPolicy",
                Map.of(
                    "Attempts",
                    restarts,
                    "Delay",
                    second,
                    "Interval",
                    600 * second,
                    "Mode",
                    "fail"),
                "ReschedulePolicy",
                Map.of("Attempts", 0, "Unlimited", false),
                "Tasks",
                List.of(
                    Map.of(
                        "Name",
                        "task",
                        "Driver",
                        "raw_exec",
                        "Config",
                        Map.of("command", "/bin/false"),
                        "Resources",
                        Map.of("CPU", 50, "MemoryMB", 64))))));
    return job;
  }

  /** A service that Consul knows, in one of its versions; its task fails once before it stays. */
  static Map<String, Object> serving(String id, int version) {
    String script =
        """
        [ -e "$NOMAD_ALLOC_DIR/failed" ] || { touch "$NOMAD_ALLOC_DIR/failed"; exit 1; }
        exec python3 -m http.server "$NOMAD_PORT_http" --bind 127.0.0.1 --directory "$NOMAD_TASK_DIR"
        """;
    Map<String, Object> task = new HashMap<>(task(Map.of("CPU", 50, "MemoryMB", 64)));
    task.put("Config", Map.of("command", "/bin/sh", "args", List.of("-c", script)));
    task.put("Env", Map.of("VERSION", "" + version));
    long second = 1_000_000_000L;
    Map<String, Object> check =
        Map.of("Type", "http", "Path", "/", "Interval", second, "Timeout", second);
    Map<String, Object> service =
        Map.of(
            "Name",
            id,
            "PortLabel",
            "http",
            "Meta",
            Map.of("probe", "/"),
            "Checks",
            List.of(check));
    Map<String, Object> job = new HashMap<>(sleeping(id, 50, 50));
    job.put("Type", "service");
    job.put(
        "TaskGroups",
        List.of(
            Map.of(
                "Name",
                "group",
                "Networks",
                List.of(Map.of("Mode", "host", "DynamicPorts", List.of(Map.of("Label", "http")))),
                "Services",
                List.of(service),
                "RestartPolicy",
                Map.of("Attempts", 5, "Delay", second, "Interval", 600 * second, "Mode", "fail"),
                "Update",
                Map.of("MaxParallel", 1, "MinHealthyTime", second, "HealthCheck", "checks"),
                "Tasks",
                List.of(task))));
    return job;
  }

  /** The model server with a registered model, as {@code submit-job deploy} names it in Consul. */
  static Map<String, Object> answering(String model, int version, String consul) {
    String id = "serve-" + model;
    long second = 1_000_000_000L;
    Map<String, Object> task = new HashMap<>(task(Map.of("CPU", 200, "MemoryMB", 1024)));
    task.put(
        "Config",
        Map.of(
            "command",
            Repository.file("serving/target/serving/bin/serving").toString(),
            "args",
            List.of(
                "--model",
                "models:/" + model + "/" + version,
                "--port",
                "${NOMAD_PORT_http}",
                "--access-log",
                "none")));
    task.put("Env", Map.of("NOMAD_ML_CONSUL", consul, "OMP_NUM_THREADS", "1"));
    Map<String, Object> check =
        Map.of("Type", "http", "Path", "/health", "Interval", second, "Timeout", second);
    Map<String, Object> service =
        Map.of(
            "Name",
            id,
            "PortLabel",
            "http",
            "Tags",
            List.of("nomad-ml-serving", "prometheus", "stable", "version-" + version),
            "Meta",
            Map.of("probe", "/ping"),
            "Checks",
            List.of(check));
    Map<String, Object> job = new HashMap<>(sleeping(id, 50, 50));
    job.put("Type", "service");
    job.put(
        "TaskGroups",
        List.of(
            Map.of(
                "Name",
                "serve",
                "Networks",
                List.of(Map.of("Mode", "host", "DynamicPorts", List.of(Map.of("Label", "http")))),
                "Services",
                List.of(service),
                "Tasks",
                List.of(task))));
    return job;
  }

  /** The same job, asking for a GPU whose memory compares so. */
  static Map<String, Object> withGpu(Map<String, Object> job, String operator, String memory) {
    Map<String, Object> constraint =
        Map.of("LTarget", "${device.attr.memory}", "Operand", operator, "RTarget", memory);
    Map<String, Object> device =
        Map.of("Name", "nvidia/gpu", "Count", 1, "Constraints", List.of(constraint));
    Map<String, Object> resources = Map.of("CPU", 100, "MemoryMB", 64, "Devices", List.of(device));
    Map<String, Object> asking = new HashMap<>(job);
    asking.put("TaskGroups", List.of(Map.of("Name", "group", "Tasks", List.of(task(resources)))));
    return asking;
  }

  private static Map<String, Object> task(Map<String, Object> resources) {
    return Map.of(
        "Name",
        "task",
        "Driver",
        "raw_exec",
        "Config",
        Map.of("command", "/bin/sleep", "args", List.of("600")),
        "Resources",
        resources);
  }
}
