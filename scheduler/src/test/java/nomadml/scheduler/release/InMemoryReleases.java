package nomadml.scheduler.release;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Releases in memory. */
public final class InMemoryReleases implements ReleaseLog {
  /** Called after each write, as if the command was killed there. */
  public Runnable changed = () -> {};

  private final Map<String, Entry> records = new TreeMap<>();
  private long index;

  /** All of them, the oldest first. */
  public List<Release> records() {
    return records.values().stream().map(Entry::release).toList();
  }

  @Override
  public List<Entry> newest(String model, int limit) {
    return records.values().stream()
        .filter(entry -> entry.release().model().equals(model))
        .sorted(Comparator.comparing((Entry entry) -> entry.release().id()).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public Optional<Entry> entry(String model, String id) {
    return Optional.ofNullable(records.get(id));
  }

  @Override
  public boolean write(Release release, long expected) {
    Entry before = records.get(release.id());
    if ((before == null ? 0 : before.index()) != expected) {
      return false;
    }
    records.put(release.id(), new Entry(release, ++index));
    changed.run();
    return true;
  }
}
