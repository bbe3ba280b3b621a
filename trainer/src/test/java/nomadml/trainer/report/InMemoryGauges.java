package nomadml.trainer.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Gauges in memory, that can be broken on purpose. */
public final class InMemoryGauges implements Gauges {
  private final List<Snapshot> pushed = new ArrayList<>();
  private final List<String> deleted = new ArrayList<>();
  private boolean failing;
  private int tries;

  public synchronized void fail(boolean value) {
    failing = value;
  }

  public synchronized List<Snapshot> pushed() {
    return List.copyOf(pushed);
  }

  public synchronized List<String> deleted() {
    return List.copyOf(deleted);
  }

  public synchronized int tries() {
    return tries;
  }

  @Override
  public synchronized void push(Snapshot snapshot) throws IOException {
    tries++;
    if (failing) {
      throw new IOException("no gauges today");
    }
    pushed.add(snapshot);
  }

  @Override
  public synchronized void delete(String runId) {
    deleted.add(runId);
  }
}
