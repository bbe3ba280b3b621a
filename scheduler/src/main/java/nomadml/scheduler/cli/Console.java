package nomadml.scheduler.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import java.util.Optional;
import java.util.function.Consumer;
import nomadml.spec.log.LogLine;
import org.jspecify.annotations.Nullable;

/**
 * Where commands write: data to stdout, talk to stderr.
 *
 * @param terminal whether a person looks: progress bars, colours unless {@code NO_COLOR} is set
 * @param width columns
 * @param log takes lines for a log store, when talk is to be such lines; null when it is text
 */
record Console(
    PrintStream out,
    PrintStream err,
    boolean terminal,
    boolean colours,
    int width,
    @Nullable Consumer<LogLine> log) {
  Console(PrintStream out, PrintStream err, boolean terminal, boolean colours, int width) {
    this(out, err, terminal, colours, width, null);
  }

  /** A line of a task's output; what our own programs logged, in words. */
  String inWords(String line) {
    return LogLine.read(line).map(said -> said.text(ZoneId.systemDefault(), colours)).orElse(line);
  }

  /** As {@link #inWords}, but nothing of what only an operator looks for. */
  Optional<String> inBrief(String line) {
    return LogLine.read(line)
            .filter(said -> said.level().compareTo(LogLine.Level.WARN) < 0)
            .isEmpty()
        ? Optional.of(inWords(line))
        : Optional.empty();
  }
}
