package nomadml.trainer.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import nomadml.spec.ExitCode;
import nomadml.spec.TaskExit;
import nomadml.spec.log.LogFormat;
import nomadml.trainer.training.LoadingEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** What runs inside the allocation. */
@Command(
    name = "trainer",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    subcommands = {
      SuperviseCommand.class,
      TrainCommand.class,
      PredictCommand.class,
      SyncCommand.class
    })
public final class Main {
  static final String TRAIN = "train";

  Main() {}

  public static void main(String[] arguments) {
    try {
      LogFormat.begin(System.getenv(), LogFormat.JSON);
    } catch (IllegalArgumentException e) {
      System.err.println("trainer: " + e.getMessage());
      System.exit(ExitCode.USAGE.number());
    }
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> log().error("thread {} failed", thread.getName(), failure));
    int exitCode =
        arguments.length > 0 && arguments[0].equals(TRAIN)
            ? train(Arrays.copyOfRange(arguments, 1, arguments.length))
            : logged(new CommandLine(new Main())).execute(arguments);
    if (exitCode == TaskExit.DONE) {
      keepClasses(System.getenv("NOMAD_ML_CLASSES"));
    }
    System.exit(exitCode);
  }

  /** Tells the launcher that the class archive this JVM is about to write knows all of a run. */
  private static void keepClasses(@Nullable String archive) {
    if (archive != null) {
      try {
        Files.createFile(Path.of(archive + ".well"));
      } catch (IOException e) {
        return; // The next run writes one.
      }
    }
  }

  /**
   * A worker's start is waited for: PyTorch loads from the first moment, and no other command is
   * read.
   */
  private static int train(String[] options) {
    NativeMethods.bind();
    LoadingEngine.begin();
    return logged(new CommandLine(new TrainCommand()).setCommandName("trainer " + TRAIN))
        .execute(options);
  }

  /** What nobody foresaw is a line of the log too. */
  private static CommandLine logged(CommandLine commands) {
    return commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          log().error("internal error", failure);
          return ExitCode.INTERNAL_ERROR.number();
        });
  }

  private static Logger log() {
    return LoggerFactory.getLogger(Main.class);
  }
}
