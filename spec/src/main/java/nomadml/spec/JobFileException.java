package nomadml.spec;

import java.util.List;
import java.util.stream.Collectors;

/** A job file can't be used; holds everything that is wrong with it, in the file's order. */
public final class JobFileException extends Exception {
  private final transient List<Problem> problems;

  JobFileException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
