package nomadml.spec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong, so that it can be told at once. */
final class Problems {
  private final List<Problem> found = new ArrayList<>();

  void add(Position position, String message) {
    add(position, message, null);
  }

  void add(Position position, String message, @Nullable String hint) {
    found.add(new Problem(position, message, hint));
  }

  /** Throws when there are any. */
  void refuse() throws JobFileException {
    if (!found.isEmpty()) {
      throw exception();
    }
  }

  /** All of them: the file's by line, then those of overrides. */
  JobFileException exception() {
    found.sort(
        Comparator.comparing((Problem problem) -> problem.position().line() == 0)
            .thenComparing(problem -> problem.position().line())
            .thenComparing(problem -> problem.position().column()));
    return new JobFileException(found);
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
