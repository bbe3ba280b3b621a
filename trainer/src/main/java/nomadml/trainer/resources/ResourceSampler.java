package nomadml.trainer.resources;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Samples the machine under MLflow's {@code system/…} names, and the training's processes as {@code
 * system/process_cpu_utilization_percentage} (of all processors) and {@code
 * system/process_memory_usage_megabytes}. Memory is the task's own where a control group bounds it.
 * What this machine does not tell is left out. For one thread.
 */
public final class ResourceSampler {
  private static final String SYSTEM = "system/";
  private static final double MEGABYTE = 1e6;

  private final Path proc;
  private final Path disk;
  private final Optional<Cgroup> group;
  private final Optional<NvidiaSmi> gpus;
  private @Nullable Processors processors;
  private @Nullable ProcessTree tree;
  private long @Nullable [] network;

  /**
   * A sampler of this machine.
   *
   * @param disk a folder on the disk to look at
   * @param environment says where {@code nvidia-smi} is and which devices are ours
   */
  public ResourceSampler(Path disk, Map<String, String> environment) {
    this(Path.of("/proc"), disk, NvidiaSmi.find(environment));
  }

  ResourceSampler(Path proc, Path disk, Optional<NvidiaSmi> gpus) {
    this.proc = proc;
    this.disk = disk;
    this.group = Cgroup.of(proc.resolve("self"));
    this.gpus = gpus;
  }

  /** The values now; what is a rate covers the time since the sample before. */
  public Map<String, Double> sample(long pid) {
    Map<String, Double> values = new TreeMap<>();
    tryTo(() -> processors(values, pid));
    tryTo(() -> memory(values));
    tryTo(() -> disk(values));
    tryTo(() -> network(values));
    gpus.ifPresent(smi -> values.putAll(smi.sample()));
    return values;
  }

  private interface Reading {
    void read() throws IOException;
  }

  /** A file that is missing or reads otherwise here costs its values only. */
  private static void tryTo(Reading reading) {
    try {
      reading.read();
    } catch (IOException | RuntimeException e) {
      return;
    }
  }

  private void processors(Map<String, Double> values, long pid) throws IOException {
    ProcessTree treeNow = ProcessTree.read(proc, pid);
    Processors now = Processors.read(proc);
    Processors before = processors;
    ProcessTree treeBefore = tree;
    processors = now;
    tree = treeNow;
    values.put(SYSTEM + "process_memory_usage_megabytes", treeNow.residentBytes() / MEGABYTE);
    if (before != null && treeBefore != null && now.all() > before.all()) {
      double passed = now.all() - before.all();
      values.put(
          SYSTEM + "cpu_utilization_percentage", 100 * (now.busy() - before.busy()) / passed);
      values.put(
          SYSTEM + "process_cpu_utilization_percentage",
          Math.min(100, 100 * treeNow.ticksSince(treeBefore) / passed));
    }
  }

  private void memory(Map<String, Double> values) throws IOException {
    OptionalLong limit = group.map(Cgroup::memoryLimit).orElse(OptionalLong.empty());
    OptionalLong used = group.map(Cgroup::memory).orElse(OptionalLong.empty());
    Map<String, Long> machine = memoryInfo();
    double total = machine.getOrDefault("MemTotal", 0L);
    double taken = total - machine.getOrDefault("MemAvailable", 0L);
    if (limit.isPresent() && used.isPresent() && limit.getAsLong() < total) {
      total = limit.getAsLong();
      taken = used.getAsLong();
    }
    values.put(SYSTEM + "system_memory_usage_megabytes", taken / MEGABYTE);
    values.put(SYSTEM + "system_memory_usage_percentage", 100 * taken / total);
  }

  private Map<String, Long> memoryInfo() throws IOException {
    Map<String, Long> bytes = new TreeMap<>();
    for (String line : Files.readAllLines(proc.resolve("meminfo"))) {
      String[] words = line.split(":? +", -1);
      if (words.length == 3) {
        bytes.put(words[0], Long.parseLong(words[1]) * 1024);
      }
    }
    return bytes;
  }

  private void disk(Map<String, Double> values) throws IOException {
    FileStore store = Files.getFileStore(disk);
    double total = store.getTotalSpace();
    double free = store.getUsableSpace();
    values.put(SYSTEM + "disk_usage_percentage", 100 * (total - free) / total);
    values.put(SYSTEM + "disk_usage_megabytes", (total - free) / MEGABYTE);
    values.put(SYSTEM + "disk_available_megabytes", free / MEGABYTE);
  }

  /** Since the first sample, as MLflow counts it. */
  private void network(Map<String, Double> values) throws IOException {
    long received = 0;
    long sent = 0;
    List<String> lines = Files.readAllLines(proc.resolve("net/dev"));
    for (String line : lines) {
      String[] halves = line.split(":", 2);
      if (halves.length == 2 && !halves[0].strip().equals("lo")) {
        String[] numbers = halves[1].strip().split(" +", -1);
        received += Long.parseLong(numbers[0]);
        sent += Long.parseLong(numbers[8]);
      }
    }
    long[] first = network;
    if (first == null) {
      first = new long[] {received, sent};
      network = first;
    }
    values.put(SYSTEM + "network_receive_megabytes", (received - first[0]) / MEGABYTE);
    values.put(SYSTEM + "network_transmit_megabytes", (sent - first[1]) / MEGABYTE);
  }
}
