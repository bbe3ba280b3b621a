package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.notify.Notice;
import nomadml.scheduler.notify.Notifier;
import nomadml.scheduler.reconcile.Action;
import nomadml.scheduler.reconcile.Reconciler;
import nomadml.spec.ExitCode;
import nomadml.spec.log.LogLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code submit-job doctor}: the servers' health, and the reconciler. */
@Command(
    name = "doctor",
    description = {
      "Asks every server how it does, and finds what MLflow and the Pushgateway say otherwise than"
          + " the cluster.",
      "With NOMAD_ML_NOTIFY, a file of names and addresses, --fix also tells people what their job"
          + " files ask for.",
      "Exits with 5 when a server does not answer or something could not be put right."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String LOGGER = "doctor";
  private static final String WOULD_BE = "would be";

  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Option(names = "--fix", description = "put it right; else only say what would be done")
  private boolean fix;

  @Override
  public Integer call() {
    Checkup checkup = new Checkup(connection.platform());
    List<Checkup.Finding> findings = checkup.findings();
    List<Treatment> treatments = new ArrayList<>();
    checkup.reconciler().ifPresent(reconciler -> treat(reconciler, treatments));
    checkup.notifier().ifPresent(notifier -> announce(notifier, treatments));
    Report report = new Report(findings, treatments);
    Consumer<LogLine> log = connection.console().log();
    if (log != null && !output.isJson()) {
      report.lines(connection.platform().clock().instant()).forEach(log);
    } else {
      output.print(connection.console(), report, report::text);
    }
    boolean isWell =
        findings.stream().noneMatch(finding -> finding.level() == Checkup.Level.PROBLEM)
            && treatments.stream().noneMatch(treatment -> treatment.isFailed());
    return (isWell ? ExitCode.DONE : ExitCode.SERVER_UNREACHABLE).number();
  }

  private void treat(Reconciler reconciler, List<Treatment> treatments) {
    for (Action action : reconciler.findings()) {
      treatments.add(
          new Treatment(
              action.sentence(),
              fix ? result(() -> reconciler.apply(action)) : WOULD_BE,
              action.about()));
    }
  }

  private void announce(Notifier notifier, List<Treatment> treatments) {
    for (Notice notice : notifier.due()) {
      String result = fix ? result(() -> notifier.tell(notice)) : WOULD_BE;
      treatments.add(new Treatment(notice.sentence(), result, notice.run().about()));
    }
    if (fix) {
      notifier.close();
    }
  }

  private static String result(Runnable action) {
    try {
      action.run();
      return "done";
    } catch (SchedulerFailure e) {
      return "failed: " + e.getMessage();
    }
  }

  /**
   * Something to put right.
   *
   * @param result {@code done}, {@code would be} or {@code failed: …}
   */
  record Treatment(String action, String result, @JsonIgnore Map<String, String> about) {
    boolean isFailed() {
      return result.startsWith("failed");
    }
  }

  /** What the doctor says. */
  record Report(List<Checkup.Finding> checks, List<Treatment> actions) {
    /** As a log store wants it. */
    List<LogLine> lines(Instant now) {
      List<LogLine> lines = new ArrayList<>();
      for (Checkup.Finding check : checks) {
        LogLine.Level level =
            switch (check.level()) {
              case OK -> LogLine.Level.INFO;
              case WARNING -> LogLine.Level.WARN;
              case PROBLEM -> LogLine.Level.ERROR;
            };
        Map<String, String> hint =
            check.hint() == null ? Map.of() : Map.of(LogLine.HINT, check.hint());
        lines.add(
            new LogLine(now, level, LOGGER, check.subject() + ": " + check.message(), hint, null));
      }
      for (Treatment treatment : actions) {
        lines.add(
            new LogLine(
                now,
                treatment.isFailed() ? LogLine.Level.ERROR : LogLine.Level.INFO,
                LOGGER,
                treatment.result() + ": " + treatment.action(),
                treatment.about(),
                null));
      }
      return lines;
    }

    String text() {
      StringBuilder text = new StringBuilder();
      for (Checkup.Finding check : checks) {
        String level = check.level().name().toLowerCase(Locale.ROOT);
        text.append(String.format("%-8s %-12s %s%n", level, check.subject(), check.message()));
        if (check.hint() != null) {
          text.append("  hint: ").append(check.hint()).append('\n');
        }
      }
      for (Treatment treatment : actions) {
        text.append(String.format("%-8s %s%n", treatment.result(), treatment.action()));
      }
      if (actions.stream().anyMatch(treatment -> treatment.result().equals(WOULD_BE))) {
        text.append("  hint: do it: submit-job doctor --fix\n");
      }
      return text.toString();
    }
  }
}
