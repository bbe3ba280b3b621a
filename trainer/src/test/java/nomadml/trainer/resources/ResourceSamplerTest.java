package nomadml.trainer.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceSamplerTest {
  @TempDir Path folder;

  @BeforeEach
  void layOut() throws IOException {
    file("proc/stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1\n");
    file("proc/meminfo", "MemTotal:       8000 kB\nMemFree: 1 kB\nMemAvailable:   6000 kB\n");
    file(
        "proc/net/dev",
        "Inter-|   Receive\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 1000 0 0 0 0 0 0 0 2000 0 0\n");
    process(10, 1, 50, "a (b) c");
    process(11, 10, 5, "child");
    process(12, 11, 5, "grandchild");
    process(99, 1, 1000, "other");
  }

  @Test
  void measuresTheMachineAndTheProcessesOfTheTraining() throws IOException {
    ResourceSampler sampler = new ResourceSampler(folder.resolve("proc"), folder, Optional.empty());
    Map<String, Double> first = sampler.sample(10);
    assertThat(first)
        .containsEntry("system/process_memory_usage_megabytes", 3 * 1.024)
        .containsEntry("system/system_memory_usage_megabytes", 2.048)
        .containsEntry("system/system_memory_usage_percentage", 25.0)
        .containsEntry("system/network_receive_megabytes", 0.0)
        .containsKeys("system/disk_usage_percentage", "system/disk_available_megabytes")
        .doesNotContainKey("system/cpu_utilization_percentage");

    file("proc/stat", "cpu  150 0 150 800 100 0 0 0 0 0\n");
    file("proc/net/dev", "a|b\n c|d\n  eth0: 2001000 0 0 0 0 0 0 0 2000 0 0\n");
    process(10, 1, 60, "a (b) c");
    process(11, 10, 20, "child");
    process(13, 12, 15, "new");
    assertThat(sampler.sample(10))
        .containsEntry("system/cpu_utilization_percentage", 50.0)
        .containsEntry("system/process_cpu_utilization_percentage", 20.0)
        .containsEntry("system/network_receive_megabytes", 2.0);
  }

  @Test
  void leavesOutWhatTheMachineDoesNotTell() {
    ResourceSampler sampler =
        new ResourceSampler(folder.resolve("none"), folder.resolve("none"), Optional.empty());
    assertThat(sampler.sample(1)).isEmpty();
  }

  @Test
  void measuresThisMachine() {
    ResourceSampler sampler = new ResourceSampler(folder, System.getenv());
    assertThat(sampler.sample(ProcessHandle.current().pid()))
        .containsKey("system/system_memory_usage_percentage")
        .extractingByKey("system/process_memory_usage_megabytes")
        .satisfies(megabytes -> assertThat(megabytes).isBetween(20.0, 100_000.0));
  }

  @Test
  void takesTheMemoryOfTheControlGroupThatBoundsTheTask() throws IOException {
    file("proc/self/cgroup", "1:name=systemd:/\n0::/nomad.slice/task.scope\n");
    file(
        "proc/self/mountinfo",
        "30 1 0:26 / %s rw - cgroup2 cgroup rw\n".formatted(folder.resolve("groups")));
    file("groups/nomad.slice/task.scope/memory.max", "4096000\n");
    file("groups/nomad.slice/task.scope/memory.current", "2048000\n");
    file("groups/nomad.slice/task.scope/memory.stat", "anon 1\ninactive_file 1024000\n");
    file("groups/nomad.slice/task.scope/memory.events", "low 0\noom 4\noom_kill 3\n");
    ResourceSampler sampler = new ResourceSampler(folder.resolve("proc"), folder, Optional.empty());
    assertThat(sampler.sample(10))
        .containsEntry("system/system_memory_usage_megabytes", 1.024)
        .containsEntry("system/system_memory_usage_percentage", 25.0);
    OutOfMemoryEvidence evidence = OutOfMemoryEvidence.of(folder.resolve("proc/self"));
    assertThat(evidence.kills()).hasValue(3);
    assertThat(evidence.limit()).hasValue(4_096_000);
  }

  @Test
  void readsVersionOneInsideAContainer() throws IOException {
    file("proc/self/cgroup", "4:memory:/docker/abc\n0::/\n");
    file(
        "proc/self/mountinfo",
        "30 1 0:26 /docker/abc %s rw - cgroup cgroup rw,memory\n"
            .formatted(folder.resolve("memory")));
    file("memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    OutOfMemoryEvidence evidence = OutOfMemoryEvidence.of(folder.resolve("proc/self"));
    assertThat(evidence.kills()).hasValue(1);
    assertThat(evidence.limit()).isEmpty();
  }

  @Test
  void knowsNothingWithoutControlGroups() {
    assertThat(OutOfMemoryEvidence.of(folder.resolve("none")).kills()).isEmpty();
  }

  private void process(long pid, long parent, long ticks, String name) throws IOException {
    file(
        "proc/" + pid + "/stat",
        "%d (%s) S %d 1 1 0 -1 0 0 0 0 0 %d 0 7 7 20 0 1 0 1 1 1\n"
            .formatted(pid, name, parent, ticks));
    file("proc/" + pid + "/status", "Name:\tx\nVmRSS:\t    1000 kB\n");
  }

  private void file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
