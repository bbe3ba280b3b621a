package nomadml.scheduler.local;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import nomadml.scheduler.submit.Node;

/** What this machine has. */
final class ThisMachine {
  private static final int SMI_SECONDS = 5;

  private final Map<String, String> environment;

  ThisMachine(Map<String, String> environment) {
    this.environment = environment;
  }

  String name() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return environment.getOrDefault("HOSTNAME", "localhost");
    }
  }

  /** Cores are counted as 1,000 MHz each: nothing limits a run here. */
  Node node(String version) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long cores = system.getAvailableProcessors() * 1000L;
    long busy = Math.round(Math.max(0, system.getSystemLoadAverage()) * 1000);
    return new Node(
        name(),
        name(),
        "ready",
        "local",
        "local",
        cores,
        Math.max(0, cores - busy),
        system.getTotalMemorySize() >> 20,
        system.getFreeMemorySize() >> 20,
        gpus(),
        List.of("process"),
        List.of(version));
  }

  /** As nvidia-smi lists them; none when it is not there or does not answer. */
  List<Node.Gpu> gpus() {
    Map<String, Long> memory = new TreeMap<>();
    Map<String, Integer> count = new TreeMap<>();
    for (String line : smi()) {
      String[] fields = line.split(",", 2);
      if (fields.length == 2 && fields[1].strip().matches("\\d+")) {
        memory.put(fields[0].strip(), Long.parseLong(fields[1].strip()));
        count.merge(fields[0].strip(), 1, Integer::sum);
      }
    }
    List<Node.Gpu> gpus = new ArrayList<>();
    count.forEach(
        (model, total) ->
            gpus.add(new Node.Gpu(model, memory.getOrDefault(model, 0L), total, total)));
    return gpus;
  }

  private List<String> smi() {
    Optional<Path> program = Programs.find("nvidia-smi", environment);
    if (program.isEmpty()) {
      return List.of();
    }
    try {
      Process smi =
          new ProcessBuilder(
                  program.get().toString(),
                  "--query-gpu=name,memory.total",
                  "--format=csv,noheader,nounits")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!smi.waitFor(SMI_SECONDS, TimeUnit.SECONDS)) {
        smi.destroyForcibly();
        return List.of();
      }
      return smi.exitValue() == 0
          ? new String(smi.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList()
          : List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
