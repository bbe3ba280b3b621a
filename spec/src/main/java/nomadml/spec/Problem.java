package nomadml.spec;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a job file.
 *
 * @param message names the field and what was found
 * @param hint what to write instead
 */
public record Problem(Position position, String message, @Nullable String hint) {
  @Override
  public String toString() {
    String text = position + ": " + message;
    return hint == null ? text : text + "\n  hint: " + hint;
  }
}
