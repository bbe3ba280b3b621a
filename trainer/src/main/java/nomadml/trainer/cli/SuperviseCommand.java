package nomadml.trainer.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import nomadml.spec.log.LogFormat;
import nomadml.spec.log.LogHandler;
import nomadml.trainer.supervisor.Output;
import nomadml.trainer.supervisor.RunFolder;
import nomadml.trainer.supervisor.Supervisor;
import nomadml.trainer.supervisor.Task;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** {@code trainer supervise}: the task that submit-job starts. */
@Command(
    name = "supervise",
    description = {
      "Runs the job that the environment describes (NOMAD_ML_…, set by submit-job): starts the worker, reports what"
          + " it does to MLflow and the Pushgateway, keeps its checkpoints, tries again what may be tried again.",
      "Exit codes: 0 done, 1 failed for good (the last line says why), 2 the environment is not usable, 143 stopped"
          + " by a signal and resumable."
    })
final class SuperviseCommand implements Callable<Integer> {
  private static final int UNUSABLE = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  @Override
  public Integer call() throws InterruptedException {
    Clock clock = Clock.systemUTC();
    try {
      LogFormat format = LogFormat.of(System.getenv(), LogFormat.JSON);
      Task task = Task.read(System.getenv());
      try (RunFolder folder = RunFolder.open(task.runFolder())) {
        // Unbuffered: the worker's output is passed on at once and as it is.
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        OutputStream error = new FileOutputStream(FileDescriptor.err);
        Output output = new Output(out, error, folder, clock, format);
        output.tellOf(task);
        LogHandler.redirect(output::log);
        Wiring wiring = new Wiring(task, folder, System.getenv(), output, clock);
        int code = run(new Supervisor(task, folder, wiring.surroundings(), output));
        output.info("leaves with exit code " + code);
        return code;
      }
    } catch (IllegalArgumentException | IOException e) {
      LoggerFactory.getLogger(SuperviseCommand.class).error(e.getMessage());
      return UNUSABLE;
    }
  }

  /** A signal stops the supervisor, which then says what the process exits with. */
  private static int run(Supervisor supervisor) throws IOException, InterruptedException {
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  supervisor.stop();
                  Integer code =
                      exit.completeOnTimeout(UNUSABLE, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                          .join();
                  Runtime.getRuntime().halt(code);
                },
                "stop"));
    int code = UNUSABLE;
    try {
      code = supervisor.run();
      return code;
    } finally {
      exit.complete(code);
    }
  }
}
