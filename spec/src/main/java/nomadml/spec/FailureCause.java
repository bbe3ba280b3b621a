package nomadml.spec;

import java.util.Locale;

/**
 * Why a training ended without success: retry rules, exit codes, MLflow tags and labels use these
 * words.
 */
public enum FailureCause {
  USER_ERROR,
  DATA_MISSING,
  NAN_LOSS,
  OUT_OF_MEMORY,
  GPU_OUT_OF_MEMORY,
  NATIVE_CRASH,
  PREEMPTED,
  NODE_LOST,
  DRAINED,
  TIME_LIMIT,
  IMAGE_PULL,
  NO_CAPACITY,
  CANCELLED,
  INTERNAL;

  /** The word in job files, tags and labels, such as {@code out_of_memory}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The cause of a word. Throws {@link IllegalArgumentException} when there is none. */
  public static FailureCause of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
