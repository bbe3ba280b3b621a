package nomadml.scheduler.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Settings;
import nomadml.spec.ByteSize;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is served, as flags say it. */
final class ServingOptions {
  private static final Pattern GPU = Pattern.compile("(\\d+)(?:x(.+))?|(.+)");
  private static final Pattern BOUND = Pattern.compile("(>=|>|=|<|<=) *\\d+(\\.\\d+)? *[KMGT]i?B");
  private static final Pattern SECRET = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=[^#]+#[^#]+");

  @Option(names = "--count", paramLabel = "N", description = "servers (default: ${DEFAULT-VALUE})")
  private int count = 1;

  @Option(
      names = "--canary",
      paramLabel = "N",
      description =
          "servers of the new version beside the old one, until it is promoted; 0 replaces one after"
              + " the other (default: ${DEFAULT-VALUE})")
  private int canary = 1;

  @Option(
      names = "--canary-weight",
      paramLabel = "PERCENT",
      description =
          "of the requests that the gateway gives to canaries (default: ${DEFAULT-VALUE})")
  private int canaryWeight = 10;

  @Option(names = "--cpu", paramLabel = "MHZ", description = "default: ${DEFAULT-VALUE}")
  private int cpu = 1000;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "the limit (default: ${DEFAULT-VALUE})")
  private String memory = "1GiB";

  @Option(
      names = "--gpu",
      paramLabel = "N|MODEL|NxMODEL",
      description = "GPUs for each server, such as 1, H200 or 2xH200")
  private @Nullable String gpu;

  @Option(
      names = "--gpu-memory",
      paramLabel = "BOUND",
      description = "of each GPU, such as \">=40GiB\"")
  private @Nullable String gpuMemory;

  @Option(
      names = "--driver",
      paramLabel = "DRIVER",
      description = "raw_exec, exec or docker; by default as most nodes can")
  private JobFile.@Nullable Driver driver;

  @Option(names = "--node-pool", paramLabel = "NAME", description = "Nomad node pool")
  private @Nullable String nodePool;

  @Option(
      names = "--datacenter",
      paramLabel = "NAME",
      description = "names or globs; any by default")
  private List<String> datacenters = new ArrayList<>();

  @Option(names = "--max-batch", paramLabel = "ROWS", description = "rows in one inference")
  private @Nullable Integer maxBatch;

  @Option(
      names = "--max-delay",
      paramLabel = "TIME",
      description = "a batch waits so long, such as 2ms")
  private @Nullable String maxDelay;

  @Option(names = "--queue", paramLabel = "ROWS", description = "rows that may wait; more get 429")
  private @Nullable Integer queue;

  @Option(names = "--deadline", paramLabel = "TIME", description = "of a request; later gets 504")
  private @Nullable String deadline;

  @Option(
      converter = TimeSpanConverter.class,
      names = "--drain",
      paramLabel = "TIME",
      description = "what a server that leaves has for the requests it took")
  private @Nullable TimeSpan drain;

  @Option(names = "--access-log", paramLabel = "-|FILE|none", description = "of each server")
  private @Nullable String accessLog;

  @Option(
      names = "--secret",
      paramLabel = "NAME=PATH#KEY",
      description =
          "environment variable from a Nomad Variable, such as"
              + " MLFLOW_TRACKING_TOKEN=nomad/jobs/serve-digits#token")
  private List<String> secrets = new ArrayList<>();

  @Option(
      converter = TimeSpanConverter.class,
      names = "--min-healthy-time",
      paramLabel = "TIME",
      description = "healthy for so long is healthy (default: ${DEFAULT-VALUE})")
  private TimeSpan minHealthy = TimeSpan.parse("5s");

  @Option(
      converter = TimeSpanConverter.class,
      names = "--healthy-deadline",
      paramLabel = "TIME",
      description = "until a server is healthy (default: ${DEFAULT-VALUE})")
  private TimeSpan healthyDeadline = TimeSpan.parse("5m");

  @Option(
      converter = TimeSpanConverter.class,
      names = "--progress-deadline",
      paramLabel = "TIME",
      description = "until one more is healthy (default: ${DEFAULT-VALUE})")
  private TimeSpan progressDeadline = TimeSpan.parse("10m");

  Settings settings() {
    refuse(cpu < 1, "--cpu " + cpu, "1 MHz or more");
    return new Settings(
        count,
        canary,
        canaryWeight,
        new JobFile.Resources(cpu, memory(), ByteSize.parse("1GiB"), gpu()),
        new JobFile.Placement(
            null, nodePool, datacenters.isEmpty() ? List.of("*") : datacenters, List.of()),
        driver,
        server(),
        secrets(),
        new Settings.Times(minHealthy, healthyDeadline, progressDeadline));
  }

  private ByteSize memory() {
    try {
      ByteSize size = ByteSize.parse(memory);
      refuse(size.toMebibytes() < 64, "--memory " + memory, "64MiB or more");
      return size;
    } catch (IllegalArgumentException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "--memory: " + e.getMessage(), "such as --memory 2GiB", e);
    }
  }

  private JobFile.@Nullable Gpu gpu() {
    if (gpu == null) {
      refuse(gpuMemory != null, "--gpu-memory without --gpu", "--gpu 1");
      return null;
    }
    Matcher form = GPU.matcher(gpu.strip());
    refuse(!form.matches() || "0".equals(form.group(1)), "--gpu " + gpu, "1, H200 or 2xH200");
    refuse(
        gpuMemory != null && !BOUND.matcher(gpuMemory).matches(),
        "--gpu-memory " + gpuMemory,
        "an operator and a size, such as \">=40GiB\"");
    String model = form.group(2) == null ? form.group(3) : form.group(2);
    int number = form.group(1) == null ? 1 : Integer.parseInt(form.group(1));
    return new JobFile.Gpu(number, model, gpuMemory, true);
  }

  private Map<String, String> server() {
    Map<String, String> server = new LinkedHashMap<>();
    refuse(maxBatch != null && maxBatch < 1, "--max-batch " + maxBatch, "1 or more");
    refuse(queue != null && queue < 1, "--queue " + queue, "1 or more");
    put(server, "max-batch", maxBatch);
    put(server, "max-delay", time("--max-delay", maxDelay));
    put(server, "queue", queue);
    put(server, "deadline", time("--deadline", deadline));
    put(server, "drain", drain);
    put(server, "access-log", accessLog);
    return server;
  }

  private static void put(Map<String, String> server, String name, @Nullable Object value) {
    if (value != null) {
      server.put(name, value.toString());
    }
  }

  /** The server knows milliseconds too. */
  private static @Nullable String time(String option, @Nullable String text) {
    refuse(
        text != null && !text.matches("\\d+(ms|s|m)"),
        option + " " + text,
        "a time such as 2ms, 10s or 1m");
    return text;
  }

  private Map<String, String> secrets() {
    Map<String, String> named = new LinkedHashMap<>();
    for (String secret : secrets) {
      refuse(
          !SECRET.matcher(secret).matches(),
          "--secret " + secret.replaceAll("=.*", "=…"),
          "NAME=PATH#KEY of a Nomad Variable; the value itself belongs nowhere here");
      int equals = secret.indexOf('=');
      named.put(secret.substring(0, equals), secret.substring(equals + 1));
    }
    return named;
  }

  private static void refuse(boolean isWrong, String what, String allowed) {
    if (isWrong) {
      throw new SchedulerFailure(ExitCode.USAGE, what + " is not possible", allowed);
    }
  }
}
