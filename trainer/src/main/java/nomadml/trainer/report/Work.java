package nomadml.trainer.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call to the tracker: a batch, or an entry that goes alone.
 *
 * @param done the entry up to which all is told once this is; 0 when more belongs to that entry
 */
record Work(@Nullable Batch batch, @Nullable Entry entry, long done) {
  static Work of(Batch batch, long done) {
    return new Work(batch, null, done);
  }

  static Work of(Entry entry, long done) {
    return new Work(null, entry, done);
  }

  /** Two halves of a batch; none when it holds one thing only. */
  List<Work> halves() {
    if (batch == null) {
      return List.of();
    }
    int size = batch.points().size() + batch.params().size() + batch.tags().size();
    if (size < 2) {
      return List.of();
    }
    return List.of(
        Work.of(part(batch, 0, size / 2), 0), Work.of(part(batch, size / 2, size), done));
  }

  private static Batch part(Batch batch, int from, int to) {
    List<Batch.Point> points = new ArrayList<>();
    Map<String, String> params = new HashMap<>();
    Map<String, String> tags = new HashMap<>();
    int index = 0;
    for (Batch.Point point : batch.points()) {
      if (index >= from && index < to) {
        points.add(point);
      }
      index++;
    }
    index = part(batch.params(), params, index, from, to);
    part(batch.tags(), tags, index, from, to);
    return new Batch(points, params, tags);
  }

  private static int part(
      Map<String, String> all, Map<String, String> some, int start, int from, int to) {
    int index = start;
    for (Map.Entry<String, String> entry : all.entrySet()) {
      if (index >= from && index < to) {
        some.put(entry.getKey(), entry.getValue());
      }
      index++;
    }
    return index;
  }
}
