package nomadml.scheduler.deploy;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment.Step;
import nomadml.scheduler.deploy.Measurements.Counters;
import nomadml.scheduler.deploy.Measurements.Selection;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the gates hold. The golden set comes first, so that wrong answers are found before
 * users find them; requests are counted from when Prometheus has seen the golden set pass.
 */
final class Judge {
  private final Ports ports;
  private final Ledger ledger;
  private final Exam exam;
  private final Clock clock;

  Judge(Ports ports, Ledger ledger, Clock clock) {
    this.ports = ports;
    this.ledger = ledger;
    this.clock = clock;
    exam = new Exam(ports);
  }

  /**
   * What came of a look.
   *
   * @param lines what was measured
   * @param words where it stands, or which gate does not hold
   */
  record Verdict(Kind kind, List<String> lines, String words) {
    enum Kind {
      HELD,
      NOT_HELD,
      NOT_YET
    }
  }

  Verdict judge(Situation situation) {
    Deployment deployment = ledger.once(situation.deployment(), Steps.HEALTHY, "", List.of());
    Instant last = at(deployment, Steps.HEALTHY).plus(deployment.wish().patience().duration());
    Verdict verdict;
    try {
      verdict = judge(situation, deployment);
    } catch (SchedulerFailure e) {
      verdict = notYet(List.of(), String.valueOf(e.getMessage()));
    }
    return verdict.kind() == Verdict.Kind.NOT_YET && clock.instant().isAfter(last)
        ? new Verdict(
            Verdict.Kind.NOT_HELD,
            verdict.lines(),
            "not decided within " + deployment.wish().patience() + ": " + verdict.words())
        : verdict;
  }

  private Verdict judge(Situation situation, Deployment deployment) {
    List<String> lines = new ArrayList<>();
    Deployment examined = deployment;
    if (deployment.wish().golden() != null) {
      Optional<Step> done = deployment.step(Steps.GOLDEN);
      if (done.isPresent()) {
        lines.addAll(done.get().measured());
      } else {
        List<Gate.Result> results = exam.results(situation);
        results.forEach(result -> lines.add(result.words()));
        Optional<Gate.Result> failed = results.stream().filter(one -> !one.holds()).findFirst();
        if (failed.isPresent()) {
          return new Verdict(Verdict.Kind.NOT_HELD, lines, failed.get().words());
        }
        examined = ledger.once(deployment, Steps.GOLDEN, "", lines);
      }
    }
    return requests(situation, examined, lines);
  }

  private Verdict requests(Situation situation, Deployment deployment, List<String> lines) {
    List<Gate> gates =
        deployment.wish().conditions().stream().filter(Gate::isAboutRequests).toList();
    if (gates.isEmpty()) {
      return new Verdict(Verdict.Kind.HELD, lines, "");
    }
    if (situation.isFirst()) {
      lines.add("requests are not looked at: no version ran before that could share them");
      return new Verdict(Verdict.Kind.HELD, lines, "");
    }
    Measurements measurements = ports.measurements().orElseThrow();
    Instant now = clock.instant();
    Selection ours = selection(deployment, deployment.wish().version(), situation.ours());
    Counters counted = measurements.counters(ours, now);
    Instant begun =
        at(deployment, deployment.wish().golden() == null ? Steps.HEALTHY : Steps.GOLDEN);
    Optional<Step> measuring = deployment.step(Steps.MEASURING);
    if (measuring.isEmpty()) {
      if (counted.scraped().filter(begun::isBefore).isPresent()) {
        ledger.once(deployment, Steps.MEASURING, "", List.of());
        return notYet(lines, "requests are measured from now on");
      }
      return notYet(lines, measurements.name() + " has not asked the new servers yet");
    }
    Instant since = measuring.get().at();
    Figures canary = counted.since(measurements.counters(ours, since));
    String previous = deployment.previous() == null ? "" : deployment.previous();
    Selection theirs = selection(deployment, previous, situation.stable());
    Figures stable =
        theirs.instances().isEmpty()
            ? null
            : measurements.counters(theirs, now).since(measurements.counters(theirs, since));
    boolean isLongEnough = !now.isBefore(since.plus(deployment.wish().window().duration()));
    return verdict(gates, canary, stable, isLongEnough, lines);
  }

  private static Verdict verdict(
      List<Gate> gates,
      Figures canary,
      @Nullable Figures stable,
      boolean isLongEnough,
      List<String> lines) {
    String failed = null;
    boolean isEnough = isLongEnough;
    for (Gate gate : gates) {
      double measured = canary.of(gate.metric());
      Double compared = stable == null ? null : stable.of(gate.metric());
      Gate.Result result = gate.judge(measured, compared);
      lines.add(result.words());
      boolean isUnknown =
          Double.isNaN(measured)
              || (gate.needsStable() && compared != null && Double.isNaN(compared));
      isEnough &= !isUnknown && (result.holds() || !gate.metric().equals(Gate.REQUESTS));
      failed = result.holds() || failed != null ? failed : result.words();
    }
    if (!isEnough) {
      return notYet(lines, String.join("; ", lines));
    }
    return failed == null
        ? new Verdict(Verdict.Kind.HELD, lines, "")
        : new Verdict(Verdict.Kind.NOT_HELD, lines, failed);
  }

  private static Selection selection(
      Deployment deployment, String version, List<Replica> replicas) {
    Set<String> instances =
        replicas.stream().filter(Replica::serves).map(Replica::address).collect(Collectors.toSet());
    return new Selection(deployment.wish().service(), version, instances);
  }

  private static Instant at(Deployment deployment, String step) {
    return deployment.step(step).map(Step::at).orElse(deployment.created());
  }

  private static Verdict notYet(List<String> lines, String words) {
    return new Verdict(Verdict.Kind.NOT_YET, lines, words);
  }
}
