package nomadml.trainer.resources;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's own tool, when it is on the path. It can take seconds or hang, so that it is asked in
 * the background: each sample takes what the last question brought.
 */
final class NvidiaSmi {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String FIELDS =
      "utilization.gpu,memory.used,memory.total,power.draw,power.limit";
  private static final double MEBIBYTE_IN_MEGABYTES = 1.048576;

  private final List<String> command;
  private @Nullable CompletableFuture<Map<String, Double>> question;
  private Map<String, Double> newest = Map.of();

  private NvidiaSmi(List<String> command) {
    this.command = command;
  }

  /** The tool on the path, asked for the devices this task may use; empty when there is none. */
  static Optional<NvidiaSmi> find(Map<String, String> environment) {
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path program = Path.of(folder.isEmpty() ? "." : folder, "nvidia-smi");
      if (Files.isExecutable(program)) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.add("--query-gpu=" + FIELDS);
        command.add("--format=csv,noheader,nounits");
        devices(environment).ifPresent(ids -> command.add("--id=" + ids));
        return Optional.of(new NvidiaSmi(command));
      }
    }
    return Optional.empty();
  }

  /** What is known; asks again. */
  Map<String, Double> sample() {
    CompletableFuture<Map<String, Double>> asked = question;
    if (asked == null || asked.isDone()) {
      newest = asked == null ? Map.of() : asked.getNow(Map.of());
      question = CompletableFuture.supplyAsync(this::ask, NvidiaSmi::inBackground);
    }
    return newest;
  }

  /** A line for each device, its numbers apart by commas; what it does not measure is no number. */
  static Map<String, Double> parse(List<String> lines) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int gpu = 0; gpu < lines.size(); gpu++) {
      String[] fields = lines.get(gpu).split(",", -1);
      if (fields.length < 5) {
        continue;
      }
      String name = "system/gpu_" + gpu + "_";
      put(values, name + "utilization_percentage", number(fields[0]));
      double used = number(fields[1]);
      put(values, name + "memory_usage_megabytes", used * MEBIBYTE_IN_MEGABYTES);
      put(values, name + "memory_usage_percentage", used / number(fields[2]) * 100);
      double power = number(fields[3]);
      put(values, name + "power_usage_watts", power);
      put(values, name + "power_usage_percentage", power / number(fields[4]) * 100);
    }
    return values;
  }

  private Map<String, Double> ask() {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try {
        process.getOutputStream().close();
        CompletableFuture<String> output =
            CompletableFuture.supplyAsync(() -> text(process), NvidiaSmi::inBackground);
        boolean ended = process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return ended && process.exitValue() == 0 ? parse(output.join().lines().toList()) : Map.of();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return Map.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Map.of();
    }
  }

  private static String text(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private static Optional<String> devices(Map<String, String> environment) {
    for (String name : List.of("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")) {
      String value = environment.getOrDefault(name, "");
      if (value.matches("(GPU-[\\w-]+|\\d+)(,(GPU-[\\w-]+|\\d+))*")) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static void put(Map<String, Double> values, String name, double value) {
    if (Double.isFinite(value)) {
      values.put(name, value);
    }
  }

  private static double number(String field) {
    try {
      return Double.parseDouble(field.strip());
    } catch (NumberFormatException e) {
      return Double.NaN; // [N/A]
    }
  }

  private static void inBackground(Runnable task) {
    Thread thread = new Thread(task, "nvidia-smi");
    thread.setDaemon(true);
    thread.start();
  }
}
