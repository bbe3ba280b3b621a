package nomadml.trainer.consul;

import com.ecwid.consul.v1.kv.model.GetValue;
import java.io.IOException;
import java.util.Optional;
import nomadml.trainer.supervisor.Fence;

/** The key that holds a run's newest attempt. */
final class AttemptKey {
  private static final int TRIES = 20;
  private static final long WRITE_SECONDS = 30;

  private final Agent agent;
  private final String key;
  private AttemptRecord own = AttemptRecord.NONE;

  AttemptKey(Agent agent, String key) {
    this.agent = agent;
    this.key = key;
  }

  /** This attempt's number; 0 before it was raised. */
  int number() {
    return own.attempt();
  }

  /** Raises the number above every other; what was there before. */
  AttemptRecord raise(Fence.Claim claim) throws IOException {
    for (int round = 0; round < TRIES; round++) {
      Optional<GetValue> value = agent.read(key);
      AttemptRecord before = record(value);
      AttemptRecord next =
          new AttemptRecord(
              Math.max(before.attempt(), claim.attemptsBefore()) + 1,
              claim.allocation(),
              Math.max(before.trainedSeconds(), claim.trainedBefore().toSeconds()));
      if (agent.compareAndSwap(key, next.toJson(), index(value))) {
        own = next;
        return new AttemptRecord(before.attempt(), before.allocation(), next.trainedSeconds());
      }
    }
    throw new IOException("other attempts of this run raise " + key + " all the time");
  }

  /** Writes the time from time to time; the newest attempt's number. */
  int keep(long trainedSeconds) throws IOException {
    return trainedSeconds - own.trainedSeconds() >= WRITE_SECONDS
        ? write(trainedSeconds)
        : record(agent.read(key)).attempt();
  }

  /** Writes the time unless a later attempt is there; the newest attempt's number. */
  int write(long trainedSeconds) throws IOException {
    Optional<GetValue> value = agent.read(key);
    int newest = record(value).attempt();
    AttemptRecord next = new AttemptRecord(own.attempt(), own.allocation(), trainedSeconds);
    if (newest <= own.attempt() && agent.compareAndSwap(key, next.toJson(), index(value))) {
      own = next;
    }
    return newest;
  }

  private static AttemptRecord record(Optional<GetValue> value) throws IOException {
    return value.isPresent()
        ? AttemptRecord.parse(value.get().getDecodedValue())
        : AttemptRecord.NONE;
  }

  private static long index(Optional<GetValue> value) {
    return value.map(GetValue::getModifyIndex).orElse(0L);
  }
}
