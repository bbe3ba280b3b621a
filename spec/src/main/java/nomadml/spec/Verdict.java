package nomadml.spec;

import org.jspecify.annotations.Nullable;

/**
 * How a run ended for good: {@value #FILE} in its run folder. A supervisor that finds it starts
 * nothing, it only sends what no server has yet and leaves with the same exit.
 *
 * @param taskExit {@link TaskExit#DONE} or {@link TaskExit#FAILED}
 * @param outcome the last progress line: FINISHED or FAILED
 * @param exitCode of the worker; null when it did not end by itself
 */
public record Verdict(int taskExit, Progress outcome, @Nullable Integer exitCode) {
  /** Its name in the run folder. */
  public static final String FILE = "verdict.json";
}
