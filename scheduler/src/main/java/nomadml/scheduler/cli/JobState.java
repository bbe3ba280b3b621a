package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * A job and what became of it.
 *
 * @param state {@code waiting}, {@code running}, {@code finished}, {@code failed}, {@code stopped}
 *     or {@code ended} when nobody knows how
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobState(Job job, String state, @Nullable String cause, Map<String, Double> metrics) {

  static JobState of(Job job, Optional<Run> run) {
    String cause = run.map(known -> known.tags().get(Names.TAG_CAUSE)).orElse(null);
    Map<String, Double> metrics = run.map(Run::metrics).orElse(Map.of());
    return new JobState(job, state(job, run), cause, metrics);
  }

  private static String state(Job job, Optional<Run> run) {
    return switch (job.phase()) {
      case PENDING -> "waiting";
      case RUNNING -> "running";
      case DEAD -> {
        String status = run.map(Run::status).orElse("").toLowerCase(Locale.ROOT);
        boolean isKnown = status.equals("finished") || status.equals("failed");
        yield isKnown ? status : job.stopped() ? "stopped" : "ended";
      }
    };
  }

  /** {@code failed: nan_loss}. */
  String word() {
    return state.equals("failed") && cause != null ? state + ": " + cause : state;
  }
}
