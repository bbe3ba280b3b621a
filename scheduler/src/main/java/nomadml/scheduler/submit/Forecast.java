package nomadml.scheduler.submit;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What would happen to a job now.
 *
 * @param reasons why it waits or never runs, with counts: {@code 2 of 3 nodes have no device
 *     nvidia/gpu}
 * @param preempts jobs that would have to make room
 * @param notes decisions worth knowing: {@code no GPU here: trains on the CPU}, {@code hint: …}
 */
public record Forecast(
    Verdict verdict,
    @Nullable String nodeName,
    List<String> reasons,
    List<String> preempts,
    List<String> notes) {

  /** How a note begins that says what to type. */
  public static final String HINT = "hint: ";

  /** What to type, when a note says it. */
  public Optional<String> hint() {
    return notes.stream()
        .filter(note -> note.startsWith(HINT))
        .map(note -> note.substring(HINT.length()))
        .findFirst();
  }

  /** The notes that are no hint. */
  public List<String> remarks() {
    return notes.stream().filter(note -> !note.startsWith(HINT)).toList();
  }

  /** When it would be placed. */
  public enum Verdict {
    NOW,
    WAITS,
    NEVER
  }
}
