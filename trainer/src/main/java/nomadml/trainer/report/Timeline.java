package nomadml.trainer.report;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where each metric of a run stands: a step that comes again is dropped, a clock that went back is
 * held.
 */
final class Timeline {
  private final Map<String, Mark> marks = new HashMap<>();

  private record Mark(long step, long timestamp) {}

  /** A point that is there already. */
  synchronized void seen(Batch.Point point) {
    marks.merge(
        point.key(),
        new Mark(point.step(), point.timestamp()),
        (a, b) -> new Mark(Math.max(a.step(), b.step()), Math.max(a.timestamp(), b.timestamp())));
  }

  /** What is new of values measured together. */
  synchronized Optional<Entry.Metrics> advance(Entry.Metrics metrics) {
    Map<String, Double> fresh = new LinkedHashMap<>();
    long timestamp = metrics.timestamp();
    for (Map.Entry<String, Double> value : metrics.values().entrySet()) {
      Mark mark = marks.get(value.getKey());
      if (mark == null || metrics.step() > mark.step()) {
        fresh.put(value.getKey(), value.getValue());
        timestamp = mark == null ? timestamp : Math.max(timestamp, mark.timestamp());
      }
    }
    if (fresh.isEmpty()) {
      return Optional.empty();
    }
    for (String key : fresh.keySet()) {
      marks.put(key, new Mark(metrics.step(), timestamp));
    }
    return Optional.of(new Entry.Metrics(metrics.step(), timestamp, fresh));
  }

  /** A value whose step is the next one of its key. */
  synchronized Batch.Point next(String key, double value, long timestamp) {
    Mark last = marks.getOrDefault(key, new Mark(-1, Long.MIN_VALUE));
    Mark next = new Mark(last.step() + 1, Math.max(timestamp, last.timestamp()));
    marks.put(key, next);
    return new Batch.Point(key, value, next.timestamp(), next.step());
  }

  /** Whether there is no point of any key. */
  synchronized boolean isEmpty() {
    return marks.isEmpty();
  }

  /** Whether a key has a point of this time or a later one. */
  synchronized boolean reached(String key, long timestamp) {
    Mark mark = marks.get(key);
    return mark != null && mark.timestamp() >= timestamp;
  }
}
