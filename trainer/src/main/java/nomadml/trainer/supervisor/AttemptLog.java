package nomadml.trainer.supervisor;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Duration;

/**
 * What the attempts of a run came to so far, as the run folder keeps it.
 *
 * @param attempt the newest one's number
 * @param failures of the worker that were tried again, and of the supervisor itself
 * @param trainedMillis over all attempts
 * @param allocation in which the newest attempt ran
 * @param running it has not left in order
 * @param superseded a later attempt runs elsewhere: nothing is started in this allocation again
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record AttemptLog(
    int attempt,
    int failures,
    long trainedMillis,
    String allocation,
    boolean running,
    boolean superseded) {
  static final AttemptLog NONE = new AttemptLog(0, 0, 0, "", false, false);

  /** An attempt begins; a supervisor that was killed in this allocation counts as a failure. */
  AttemptLog begun(String where) {
    int killed = running && allocation.equals(where) ? 1 : 0;
    return new AttemptLog(attempt + 1, failures + killed, trainedMillis, where, true, false);
  }

  AttemptLog numbered(int number) {
    return new AttemptLog(number, failures, trainedMillis, allocation, running, superseded);
  }

  AttemptLog failed() {
    return new AttemptLog(attempt, failures + 1, trainedMillis, allocation, running, superseded);
  }

  AttemptLog trained(long millis) {
    return new AttemptLog(attempt, failures, millis, allocation, running, superseded);
  }

  AttemptLog left() {
    return new AttemptLog(attempt, failures, trainedMillis, allocation, false, superseded);
  }

  AttemptLog supersededByAnother() {
    return new AttemptLog(attempt, failures, trainedMillis, allocation, false, true);
  }

  /** What another node's attempts knew. */
  AttemptLog with(AttemptLog travelled) {
    return new AttemptLog(
        Math.max(attempt, travelled.attempt + 1),
        Math.max(failures, travelled.failures),
        Math.max(trainedMillis, travelled.trainedMillis),
        allocation,
        running,
        superseded);
  }

  @JsonIgnore
  Duration trained() {
    return Duration.ofMillis(trainedMillis);
  }
}
