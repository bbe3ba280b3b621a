package nomadml.trainer.supervisor;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;

/**
 * What the trainer's worker says on stdout: passed on and told to the run. Its last word is kept
 * back, for the supervisor has the last one.
 */
final class Words implements Worker.Sink {
  private final Output output;
  private final ProgressReport told;
  private final CheckpointUploads uploads;
  private final Lines lines = new Lines(this::line);
  private volatile @Nullable Progress last;

  Words(Output output, ProgressReport told, CheckpointUploads uploads) {
    this.output = output;
    this.told = told;
    this.uploads = uploads;
  }

  @Override
  public void take(byte[] bytes, int length) {
    lines.take(bytes, length);
  }

  /** FINISHED, FAILED or STOPPED, once it has been said. */
  @Nullable Progress last() {
    return last;
  }

  private void line(String line) {
    Progress progress = ProgressLine.read(line).orElse(null);
    if (progress == null) {
      byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
      output.pass(bytes, bytes.length);
      return;
    }
    told.progress(progress);
    switch (progress.kind()) {
      case FINISHED, FAILED, STOPPED -> last = progress;
      case CHECKPOINT -> {
        output.progress(progress);
        offer(progress);
      }
      default -> output.progress(progress);
    }
  }

  private void offer(Progress progress) {
    Map<String, String> facts = progress.facts() == null ? Map.of() : progress.facts();
    String checkpoint = facts.get("checkpoint");
    if (checkpoint != null && progress.step() != null) {
      long best = Long.parseLong(facts.getOrDefault("best_step", "-1"));
      uploads.offer(progress.step(), Path.of(checkpoint), best);
    }
  }
}
