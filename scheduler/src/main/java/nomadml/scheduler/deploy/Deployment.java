package nomadml.scheduler.deploy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;

/**
 * One deployment, from its wish to its end; kept where every machine sees it, so that whoever types
 * the same command goes on with it.
 *
 * @param id sorts by time
 * @param previous the version that ran before; null when none did
 * @param restores the deployment that a rollback brings back; null for others
 * @param replaces the index of the job that ran when it was wished; 0 for none
 * @param steps what happened, the oldest first
 */
public record Deployment(
    String id,
    Kind kind,
    Wish wish,
    @Nullable String previous,
    @Nullable String restores,
    long replaces,
    Instant created,
    State state,
    List<Step> steps) {
  /** A Nomad Variable holds 64 KiB, with the wish in it. */
  private static final int MOST_STEPS = 40;

  private static final int LONGEST = 500;
  private static final int LONGEST_LINE = 250;
  private static final int MOST_LINES = 12;

  public Deployment {
    steps = List.copyOf(steps);
  }

  /** Why there is one. */
  public enum Kind {
    DEPLOY,
    ROLLBACK,
    STOP
  }

  /** How far it is. */
  public enum State {
    /** Wished; the job may be registered or not. */
    STARTED,
    /** The gates hold and a human is asked. */
    WAITING,
    /** It is to be promoted, by the gates or by a human. */
    APPROVED,
    /** It is to be taken back, because a gate does not hold. */
    FAILING,
    /** It is to be taken back, because nobody wants it. */
    REJECTING,
    PROMOTED,
    FAILED,
    REJECTED,
    STOPPED;

    public boolean isOver() {
      return compareTo(PROMOTED) >= 0;
    }
  }

  /**
   * Something that happened.
   *
   * @param what a word of {@link Steps}
   * @param measured a line each
   */
  public record Step(Instant at, String by, String what, String why, List<String> measured) {
    public Step {
      why = cut(why, LONGEST);
      measured = measured.stream().limit(MOST_LINES).map(line -> cut(line, LONGEST_LINE)).toList();
    }

    private static String cut(String text, int longest) {
      return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }
  }

  /** The same with one more step; those in the middle give way when there are many. */
  Deployment with(Step step, State next) {
    List<Step> all = new ArrayList<>(steps);
    if (all.size() >= MOST_STEPS) {
      all.remove(MOST_STEPS / 2);
    }
    all.add(step);
    return new Deployment(id, kind, wish, previous, restores, replaces, created, next, all);
  }

  /** The newest step of this name. */
  Optional<Step> step(String what) {
    return steps.stream().filter(step -> step.what().equals(what)).reduce((one, other) -> other);
  }

  /** What happened last; that somebody was told of it is not it. */
  @JsonIgnore
  public Step last() {
    return steps.stream()
        .filter(step -> !step.what().startsWith(Steps.TOLD))
        .reduce((one, other) -> other)
        .orElseThrow();
  }

  /** Until when a human may say yes; empty when nobody is asked. */
  Optional<Instant> deadline() {
    TimeSpan patience = wish.approve();
    return patience == null
        ? Optional.empty()
        : step(Steps.WAITING).map(step -> step.at().plus(patience.duration()));
  }
}
