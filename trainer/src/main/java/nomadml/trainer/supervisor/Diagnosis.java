package nomadml.trainer.supervisor;

import java.util.Map;
import java.util.OptionalLong;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import org.jspecify.annotations.Nullable;

/** Reads the cause of a worker's end from what it said, its exit code and the kernel's counters. */
final class Diagnosis {
  private static final int SIGNAL = 128;
  private static final int KILLED = SIGNAL + 9;
  private static final Map<Integer, String> CRASHES =
      Map.of(4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 11, "SIGSEGV");
  private static final Map<Integer, String> SIGNALS =
      Map.of(1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 9, "SIGKILL", 13, "SIGPIPE", 15, "SIGTERM");

  private Diagnosis() {}

  /**
   * The cause of an end that was no success.
   *
   * @param said the worker's own last word
   * @param memoryKills how often the kernel killed for want of memory while it ran; empty when its
   *     record can't be read
   * @param program the user's; empty for the trainer's worker, which says why it fails
   */
  static Failure of(
      int exitCode,
      @Nullable Progress said,
      OptionalLong memoryKills,
      String memoryLimit,
      String program) {
    if (memoryKills.orElse(0) > 0 && exitCode != TaskExit.DONE) {
      return outOfMemory(
          "the kernel killed it because the memory was full (exit code %d, oom_kill rose by %d)"
              .formatted(exitCode, memoryKills.getAsLong()),
          memoryLimit,
          exitCode);
    }
    if (said != null && said.cause() != null) {
      return new Failure(said.cause(), String.valueOf(said.message()), said.hint(), exitCode);
    }
    if (exitCode == KILLED && memoryKills.isEmpty()) {
      return outOfMemory(
          "SIGKILL ended it (exit code 137), most likely because the memory was full: the kernel's"
              + " record can't be read in this task",
          memoryLimit,
          exitCode);
    }
    int signal = exitCode - SIGNAL;
    if (CRASHES.containsKey(signal)) {
      return new Failure(
          FailureCause.NATIVE_CRASH,
          "native code crashed: %s (exit code %d)".formatted(CRASHES.get(signal), exitCode),
          "the end of the run's log shows where",
          exitCode);
    }
    if (SIGNALS.containsKey(signal)) {
      return new Failure(
          FailureCause.NATIVE_CRASH,
          "something outside ended it: %s (exit code %d%s)"
              .formatted(
                  SIGNALS.get(signal),
                  exitCode,
                  exitCode == KILLED ? "; the kernel has no record of full memory" : ""),
          "look for who sends signals on the node: dmesg, an operator",
          exitCode);
    }
    return program.isEmpty() ? silent(exitCode) : ofExit(exitCode, program);
  }

  private static Failure outOfMemory(String evidence, String limit, int exitCode) {
    return new Failure(
        FailureCause.OUT_OF_MEMORY,
        evidence,
        "raise resources.memory (it is %s), or lower train.batch_size".formatted(limit),
        exitCode);
  }

  private static Failure silent(int exitCode) {
    return new Failure(
        FailureCause.INTERNAL,
        "the worker left with exit code %d without a word".formatted(exitCode),
        "the end of the run's log says why",
        exitCode);
  }

  private static Failure ofExit(int exitCode, String program) {
    return switch (exitCode) {
      case 126, 127 ->
          new Failure(
              FailureCause.USER_ERROR,
              "%s was not found or is not executable (exit code %d)".formatted(program, exitCode),
              "name a program of the image or node, or ship it by inputs: and call it by its interpreter",
              exitCode);
      default ->
          new Failure(
              FailureCause.USER_ERROR,
              "it left with exit code " + exitCode,
              "the end of the run's log says why",
              exitCode);
    };
  }
}
