package nomadml.trainer.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Packs spooled entries into as few calls as their order allows. */
final class Outbox {
  static final int MOST_POINTS = 1000;

  private final Timeline timeline;
  private final List<Work> work = new ArrayList<>();
  private List<Batch.Point> points = new ArrayList<>();
  private Map<String, String> params = new LinkedHashMap<>();
  private Map<String, String> tags = new LinkedHashMap<>();

  private Outbox(Timeline timeline) {
    this.timeline = timeline;
  }

  /**
   * The calls that tell some lines.
   *
   * @param timeline of what was sent before; goes on with these
   * @param earlier up to this number, lines are another attempt's
   */
  static List<Work> pack(List<Line> lines, Timeline timeline, long earlier) {
    Outbox outbox = new Outbox(timeline);
    long done = 0;
    for (Line line : lines) {
      outbox.add(line, earlier, done);
      done = line.number();
    }
    outbox.flush(done);
    return outbox.work;
  }

  private void add(Line line, long earlier, long done) {
    Entry entry = line.entry();
    if (entry instanceof Entry.Metrics metrics) {
      timeline.advance(metrics).ifPresent(fresh -> add(fresh, done));
    } else if (entry instanceof Entry.Sample sample) {
      add(sample, line.number() <= earlier, done);
    } else if (entry instanceof Entry.Params more) {
      params.putAll(more.values());
    } else if (entry instanceof Entry.Tags more) {
      tags.putAll(more.values());
    } else {
      flush(done);
      work.add(Work.of(entry, line.number()));
    }
  }

  private void add(Entry.Metrics metrics, long done) {
    metrics
        .values()
        .forEach(
            (key, value) ->
                add(new Batch.Point(key, value, metrics.timestamp(), metrics.step()), done));
  }

  /**
   * A sample of another attempt that the run has is told apart by its time: steps are made here.
   */
  private void add(Entry.Sample sample, boolean earlier, long done) {
    sample
        .values()
        .forEach(
            (key, value) -> {
              if (!earlier || !timeline.reached(key, sample.timestamp())) {
                add(timeline.next(key, value, sample.timestamp()), done);
              }
            });
  }

  private void add(Batch.Point point, long done) {
    if (points.size() == MOST_POINTS) {
      flush(done);
    }
    points.add(point);
  }

  private void flush(long done) {
    work.add(Work.of(new Batch(points, params, tags), done));
    points = new ArrayList<>();
    params = new LinkedHashMap<>();
    tags = new LinkedHashMap<>();
  }
}
