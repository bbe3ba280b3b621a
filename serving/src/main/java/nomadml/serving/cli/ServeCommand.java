package nomadml.serving.cli;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import nomadml.serving.ServingFailure;
import nomadml.serving.batch.Admission;
import nomadml.serving.batch.Batching;
import nomadml.serving.http.AccessLog;
import nomadml.serving.http.ActiveModel;
import nomadml.serving.http.HttpServer;
import nomadml.serving.http.Settings;
import nomadml.serving.http.State;
import nomadml.serving.inference.Accelerator;
import nomadml.serving.input.AnswerWriter;
import nomadml.serving.loading.ModelLoader;
import nomadml.serving.loading.Rehearsal;
import nomadml.serving.loading.Watch;
import nomadml.serving.metrics.ServingMetrics;
import nomadml.serving.model.ModelReference;
import nomadml.serving.model.ModelStore;
import nomadml.spec.ByteSize;
import nomadml.spec.Environment;
import nomadml.spec.ExitCode;
import nomadml.trainer.consul.ConsulServices;
import nomadml.trainer.mlflow.MlflowSources;
import nomadml.trainer.sources.NodeCache;
import nomadml.trainer.training.Pytorch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serving}: answers requests with a model. */
@Command(
    name = "serving",
    mixinStandardHelpOptions = true,
    versionProvider = VersionLine.class,
    sortOptions = false,
    description = {
      "Serves a model by MLflow's scoring protocol (/invocations) and the Open Inference Protocol (/v2).",
      "Every option may be given by the environment: --max-batch as NOMAD_ML_SERVING_MAX_BATCH.",
      "Exit codes: 0 stopped, after the last request was answered; 2 the model can't be served;"
          + " 5 MLflow is unreachable; 1 anything else."
    })
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
  private static final long CACHE_BYTES = 20L << 30;

  @Option(
      names = "--model",
      required = true,
      description =
          "models:/NAME/VERSION, models:/NAME@ALIAS or models:/NAME/latest of MLflow; or a model folder or TorchScript file.")
  private String model;

  @Option(
      names = "--digest",
      description = "What the model's files must be: sha256: and 64 digits.")
  private @Nullable String digest;

  @Option(
      names = "--name",
      description =
          "The name in /v2/models/NAME; the registered model's or the folder's by default.")
  private @Nullable String name;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "Address to listen on (${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "Port to listen on; 0 takes a free one (${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--max-batch",
      defaultValue = "64",
      description = "Rows that the network is given at once (${DEFAULT-VALUE}).")
  private int maxBatch;

  @Option(
      names = "--max-delay",
      defaultValue = "0ms",
      converter = TimeSpans.class,
      description =
          "How long a batch waits for more rows; 0ms takes what is there (${DEFAULT-VALUE}).")
  private Duration maxDelay;

  @Option(
      names = "--queue",
      defaultValue = "1024",
      description = "Rows that may wait; more are answered with 429 (${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--deadline",
      defaultValue = "10s",
      converter = TimeSpans.class,
      description =
          "How long a request may wait before it is answered with 504 (${DEFAULT-VALUE}).")
  private Duration deadline;

  @Option(
      names = "--max-body",
      defaultValue = "16MiB",
      description = "Bytes of a request's body (${DEFAULT-VALUE}).")
  private String maxBody;

  @Option(
      names = "--drain",
      defaultValue = "20s",
      converter = TimeSpans.class,
      description = "How long SIGTERM waits for requests under way (${DEFAULT-VALUE}).")
  private Duration drain;

  @Option(
      names = "--watch",
      defaultValue = "10s",
      converter = TimeSpans.class,
      description =
          "How often an alias is looked at; a newer version is swapped in (${DEFAULT-VALUE}).")
  private Duration watch;

  @Option(
      names = "--access-log",
      defaultValue = "-",
      description = "A file, - for stdout, or none (${DEFAULT-VALUE}).")
  private String accessLog;

  @Option(
      names = "--device",
      defaultValue = "auto",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private Accelerator.Choice device;

  private final Map<String, String> environment = System.getenv();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try {
      requirePositive("--max-batch", maxBatch);
      requirePositive("--queue", queue);
      return serve();
    } catch (ServingFailure e) {
      LOG.error("{}\nhint: {}", e.getMessage(), e.hint());
      return e.exitCode().number();
    }
  }

  private int serve() throws IOException, InterruptedException {
    ModelReference reference = ModelReference.parse(model);
    int cores = Pytorch.threads();
    ServingMetrics metrics = new ServingMetrics();
    State state = new State(Runtime.getRuntime().maxMemory() / 4);
    Admission admission = new Admission(queue);
    AccessLog log = accessLog();
    Settings settings = new Settings(host, port, deadline, bodyBytes());
    HttpServer server =
        HttpServer.start(
            new HttpServer.Parts(
                settings, state, new Batching(maxBatch, maxDelay), admission, metrics, log),
            cores);
    StopSignal stop = new StopSignal();
    Runtime.getRuntime().addShutdownHook(new Thread(stop::requestAndWait, "stop"));
    try {
      ModelStore store = store();
      ModelLoader loader = new ModelLoader(Accelerator.start(device), metrics, cores);
      ActiveModel active = loader.load(store.bring(reference, name, digest));
      new Gauges(state, admission, active).register(metrics);
      rehearse(state, active, server.port(), cores);
      state.serve(active);
      LOG.info("serves on http://{}:{}", host, server.port());
      if (reference instanceof ModelReference.Registered registered
          && registered.isMoving()
          && digest == null) {
        new Watch(store, loader, state, registered, name, active).start(watch);
      }
      stop.await();
      LOG.info("leaves once the requests under way are answered");
      server.drain(drain);
    } finally {
      server.close();
      if (log != null) {
        log.close();
      }
      stop.done();
    }
    return ExitCode.DONE.number();
  }

  private void rehearse(State state, ActiveModel active, int port, int cores) throws IOException {
    byte[] kept = active.folder().example();
    byte[] example =
        kept.length > 0
            ? kept
            : active.folder().features().zeros().map(AnswerWriter::inputs).orElse(kept);
    if (example.length > 0) {
      String address = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
      state.rehearse(ModelLoader.rehearsing(active));
      new Rehearsal(new InetSocketAddress(address, port), example).run(2 * cores);
    }
  }

  private ModelStore store() {
    boolean askConsul = !"local".equals(environment.get(Environment.MODE));
    Path cache = Path.of(environment.getOrDefault(Environment.CACHE, "/tmp/nomad-ml"));
    return new ModelStore(
        new MlflowSources(new ConsulServices(environment, askConsul), environment),
        new NodeCache(cache.resolve("models"), CACHE_BYTES, Clock.systemUTC(), LOG::warn));
  }

  private @Nullable AccessLog accessLog() {
    if (accessLog.equals("none")) {
      return null;
    }
    try {
      OutputStream out = accessLog.equals("-") ? System.out : new FileOutputStream(accessLog, true);
      return new AccessLog(new BufferedOutputStream(out, 1 << 16), Clock.systemUTC());
    } catch (IOException e) {
      throw ServingFailure.usage(
          "--access-log %s can't be written: %s".formatted(accessLog, e.getMessage()),
          "name a file in a folder that is there, - for stdout, or none");
    }
  }

  private int bodyBytes() {
    try {
      long bytes = ByteSize.parse(maxBody).bytes();
      if (bytes > 0 && bytes <= 1 << 30) {
        return (int) bytes;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw ServingFailure.usage(
        "--max-body: \"%s\" is no size up to 1 GiB".formatted(maxBody), "such as --max-body 16MiB");
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw ServingFailure.usage(option + " must be at least 1, not " + value, option + " 64");
    }
  }
}
