package nomadml.trainer.resources;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvidiaSmiTest {
  @TempDir Path folder;

  @Test
  void readsALineForEachDevice() {
    assertThat(
            NvidiaSmi.parse(List.of("35, 1000, 80000, 350.5, 700.00", "0, 0, 80000, [N/A], [N/A]")))
        .containsEntry("system/gpu_0_utilization_percentage", 35.0)
        .containsEntry("system/gpu_0_memory_usage_megabytes", 1048.576)
        .containsEntry("system/gpu_0_memory_usage_percentage", 1.25)
        .containsEntry("system/gpu_0_power_usage_watts", 350.5)
        .containsEntry("system/gpu_1_utilization_percentage", 0.0)
        .doesNotContainKey("system/gpu_1_power_usage_watts")
        .hasSize(8);
    assertThat(NvidiaSmi.parse(List.of("No devices were found"))).isEmpty();
  }

  @Test
  void asksForTheDevicesOfTheTaskInTheBackground() throws IOException {
    NvidiaSmi smi =
        tool("echo $2 $3 > " + folder.resolve("asked") + "; echo 35, 1000, 80000, 350, 700");
    eventually("it has answered", () -> !smi.sample().isEmpty());
    assertThat(folder.resolve("asked"))
        .content()
        .isEqualTo("--format=csv,noheader,nounits --id=GPU-1a,GPU-2b\n");
  }

  @Test
  void isNotHeldUpByAToolThatHangs() throws IOException {
    NvidiaSmi smi = tool("exec sleep 600");
    long start = System.nanoTime();
    assertThat(smi.sample()).isEmpty();
    assertThat(smi.sample()).isEmpty();
    assertThat(System.nanoTime() - start).isLessThan(2_000_000_000L);
  }

  @Test
  void isNotThereWithoutTheTool() {
    assertThat(NvidiaSmi.find(Map.of("PATH", folder.toString()))).isEmpty();
    assertThat(NvidiaSmi.find(Map.of())).isEmpty();
  }

  private NvidiaSmi tool(String script) throws IOException {
    Path tool = folder.resolve("nvidia-smi");
    Files.writeString(tool, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    Map<String, String> environment =
        Map.of("PATH", "/nowhere:" + folder, "CUDA_VISIBLE_DEVICES", "GPU-1a,GPU-2b");
    return NvidiaSmi.find(environment).orElseThrow();
  }
}
