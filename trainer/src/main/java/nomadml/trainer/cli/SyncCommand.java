package nomadml.trainer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import nomadml.spec.ExitCode;
import nomadml.trainer.mlflow.MlflowTracker;
import nomadml.trainer.report.Gauges;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.Snapshot;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code trainer sync}: a run that was trained without a server gets to one. */
@Command(
    name = "sync",
    description = {
      "Sends what a run folder's spool holds to an MLflow server: params, metrics, artifacts, status.",
      "Sending it again changes nothing. The folder keeps what could not be sent.",
      "Exit codes: 0 the server has all of it, 1 the folder can't be used, as while its training runs,"
          + " 2 wrong usage, 5 the server did not take all."
    })
final class SyncCommand implements Callable<Integer> {
  private static final String VARIABLE = "MLFLOW_TRACKING_URI";
  private static final String EXAMPLE = "such as --tracking-uri http://127.0.0.1:5000";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofSeconds(2);

  @Option(names = "--run-folder", required = true, description = "The folder of the run.")
  private Path runFolder;

  @Option(
      names = "--tracking-uri",
      description = "Where MLflow is; the value of " + VARIABLE + " by default.")
  private @Nullable String trackingUri;

  @Spec private CommandSpec command;

  private final Map<String, String> environment;
  private final Duration patience;
  private final Duration look;

  SyncCommand() {
    this(System.getenv());
  }

  SyncCommand(Map<String, String> environment) {
    this(environment, PATIENCE, LOOK);
  }

  /**
   * For tests.
   *
   * @param patience with a server that takes nothing
   * @param look between two looks at what is sent
   */
  SyncCommand(Map<String, String> environment, Duration patience, Duration look) {
    this.environment = environment;
    this.patience = patience;
    this.look = look;
  }

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    PrintWriter err = command.commandLine().getErr();
    URI server = server();
    try {
      RunIdentity identity = identity();
      try (FileChannel channel = lockFile()) {
        if (channel.tryLock() == null) {
          throw new IOException("its training is still running\nhint: wait until it has ended");
        }
        return send(identity, server, out, err);
      }
    } catch (IOException e) {
      err.printf("%s can't be sent: %s%n", runFolder, e.getMessage());
      return ExitCode.INTERNAL_ERROR.number();
    }
  }

  private int send(RunIdentity identity, URI server, PrintWriter out, PrintWriter err)
      throws IOException {
    MlflowTracker tracker = new MlflowTracker(name -> server, environment, Clock.systemUTC());
    try (Report report =
        new Report(runFolder, identity, tracker, new NoGauges(), Clock.systemUTC(), err::println)) {
      return send(report, server, out, err);
    }
  }

  private int send(Report report, URI server, PrintWriter out, PrintWriter err) {
    long all = report.backlog();
    report.allowWriting();
    long left = all;
    long moved = System.nanoTime();
    while (!report.drain(look)) {
      long now = System.nanoTime();
      if (report.backlog() < left) {
        left = report.backlog();
        moved = now;
        out.printf("%d of %d reports sent%n", all - left, all);
        out.flush();
      } else if (!report.isFailing()) {
        moved = now; // A large artifact takes its time.
      } else if (now - moved > patience.toNanos()) {
        err.printf(
            "%d of %d reports did not get to MLflow at %s; they stay in the spool%n"
                + "hint: see that it answers at %s/health, then type the same again%n",
            left, all, server, server);
        return ExitCode.SERVER_UNREACHABLE.number();
      }
    }
    String run = report.run().map(address -> ", run " + address.runId()).orElse("");
    out.println(
        all == 0
            ? "nothing to send: MLflow has all of it"
            : "all %d reports are with MLflow at %s%s".formatted(all, server, run));
    return ExitCode.DONE.number();
  }

  private URI server() {
    String given = trackingUri == null ? environment.getOrDefault(VARIABLE, "") : trackingUri;
    if (given.isBlank()) {
      throw wrong("no MLflow server is given", "give --tracking-uri or set " + VARIABLE);
    }
    try {
      URI uri = new URI(given.strip());
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw wrong(given + " is no address: " + e.getReason(), EXAMPLE);
    }
    throw wrong(given + " is no address of a server", EXAMPLE);
  }

  private ParameterException wrong(String message, String hint) {
    return new ParameterException(command.commandLine(), message + "\nhint: " + hint);
  }

  private RunIdentity identity() throws IOException {
    if (!Files.isDirectory(runFolder)) {
      throw wrong(runFolder + " is no folder", "give the folder of a run");
    }
    return Report.identity(runFolder)
        .orElseThrow(
            () ->
                wrong(
                    "there is no spool in " + runFolder,
                    "give the folder that the training's last lines name"));
  }

  /** The supervisor's: two writers would mix up the spool. */
  private FileChannel lockFile() throws IOException {
    return FileChannel.open(
        runFolder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Nobody watches a run that is over. */
  private static final class NoGauges implements Gauges {
    @Override
    public void push(Snapshot snapshot) {}

    @Override
    public void delete(String runId) {}
  }
}
