package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import nomadml.system.servers.Run;
import nomadml.system.servers.Run.Point;

/** What holds for the metrics of every run, whatever happened to it. */
final class RunAssert {
  private final Run run;

  private RunAssert(Run run) {
    this.run = run;
  }

  static RunAssert assertRun(Run run) {
    return new RunAssert(run);
  }

  /** Every epoch is there once, in order: its steps are 1, 2, 3 … times those of the first. */
  RunAssert hasEveryEpoch(int epochs) {
    for (String key : List.of("train_loss", "validation_loss", "validation_accuracy")) {
      List<Long> steps = run.history(key).stream().map(Point::step).toList();
      assertThat(steps).as(key).hasSize(epochs);
      long first = steps.get(0);
      assertThat(steps)
          .as(key)
          .isEqualTo(IntStream.rangeClosed(1, epochs).mapToObj(n -> n * first).toList());
    }
    return this;
  }

  /** No metric, of the machine neither, has a step twice or a time that goes backwards. */
  RunAssert neverGoesBack() {
    List<String> keys = new ArrayList<>();
    run.json().at("/data/metrics").forEach(metric -> keys.add(metric.path("key").asText()));
    assertThat(keys).contains("train_loss");
    for (String key : keys) {
      List<Point> points = run.history(key);
      assertThat(points.stream().map(Point::step)).as(key + "'s steps").doesNotHaveDuplicates();
      assertThat(points.stream().map(Point::timestamp)).as(key + "'s times").isSorted();
    }
    return this;
  }

  RunAssert hasStatus(String status) {
    assertThat(run.status()).isEqualTo(status);
    return this;
  }

  RunAssert hasTag(String key, String value) {
    assertThat(run.tag(key)).as(key).isEqualTo(value);
    return this;
  }
}
