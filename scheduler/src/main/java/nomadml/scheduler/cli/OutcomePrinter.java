package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import nomadml.scheduler.follow.Outcome;
import nomadml.scheduler.follow.Wording;
import nomadml.spec.FailureCause;
import org.jspecify.annotations.Nullable;

/** The last lines of a followed job: how it ended and where to look. */
record OutcomePrinter(Console console, Output output) {

  void print(String jobId, Outcome outcome, Links links) {
    if (output.isJson()) {
      console.out().println(Output.jsonLine(Ended.of(jobId, outcome, links)));
      return;
    }
    if (outcome.isDone()) {
      console.out().println(jobId + " is done: " + outcome.message());
      if (!outcome.metrics().isEmpty()) {
        console.out().println("  " + String.join("  ", Wording.metrics(outcome.metrics())));
      }
      console.out().print(links.text());
      console.out().flush();
      return;
    }
    String cause = outcome.cause() == null ? "" : outcome.cause().word() + ": ";
    console.err().println("error: " + jobId + " ended: " + cause + outcome.message());
    if (outcome.hint() != null) {
      console.err().println("  hint: " + outcome.hint());
    }
    console.err().print(links.text());
    console.err().flush();
  }

  /** The outcome for programs. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Ended(
      String job,
      int exitCode,
      @Nullable FailureCause cause,
      String message,
      @Nullable String hint,
      Map<String, Double> metrics,
      Map<String, String> facts,
      Links links) {
    static Ended of(String jobId, Outcome outcome, Links links) {
      return new Ended(
          jobId,
          outcome.exitCode().number(),
          outcome.cause(),
          outcome.message(),
          outcome.hint(),
          outcome.metrics(),
          outcome.facts(),
          links);
    }
  }
}
