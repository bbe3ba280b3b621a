package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import nomadml.spec.Json;

/** {@code refused.jsonl}: what a server will never accept, moved aside with the reason. */
final class Refusals {
  private static final int TOO_MANY = 10;

  private final Path file;
  private final Consumer<String> warnings;
  private int count;

  /** What was refused, and why. */
  private record Refusal(String reason, Work work) {}

  Refusals(Path file, Consumer<String> warnings) {
    this.file = file;
    this.warnings = warnings;
  }

  void add(Work work, IOException reason) {
    String message = String.valueOf(reason.getMessage());
    if (++count < TOO_MANY) {
      warnings.accept(
          "%s was refused and is left out: %s%n  it is kept in %s"
              .formatted(describe(work), message, file));
    } else if (count == TOO_MANY) {
      warnings.accept("more is refused; see " + file);
    }
    try {
      Files.writeString(
          file,
          Json.MAPPER.writeValueAsString(new Refusal(message, work)) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      warnings.accept("%s can't be written: %s".formatted(file, e.getMessage()));
    }
  }

  private static String describe(Work work) {
    if (work.entry() instanceof Entry.Artifact artifact) {
      return "the artifact " + artifact.path();
    }
    if (work.entry() instanceof Entry.Register register) {
      return "the version of registered model " + register.model();
    }
    if (work.entry() instanceof Entry.Status status) {
      return "the status " + status.status();
    }
    Batch batch = work.batch();
    if (batch == null) {
      return "a report";
    }
    if (!batch.params().isEmpty()) {
      return "the param " + batch.params().keySet().iterator().next();
    }
    if (!batch.tags().isEmpty()) {
      return "the tag " + batch.tags().keySet().iterator().next();
    }
    return batch.points().isEmpty()
        ? "a report"
        : "the metric %s of step %d"
            .formatted(batch.points().get(0).key(), batch.points().get(0).step());
  }
}
