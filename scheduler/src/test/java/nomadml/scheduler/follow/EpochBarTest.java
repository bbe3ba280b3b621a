package nomadml.scheduler.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import nomadml.spec.Progress;
import nomadml.spec.Progress.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EpochBarTest {
  private static final Map<String, Double> METRICS = new LinkedHashMap<>();

  static {
    METRICS.put("train_loss", 0.12345);
    METRICS.put("validation_accuracy", 0.9712);
    METRICS.put("samples_per_second", 12345.6);
  }

  private final EpochBar bar = new EpochBar();

  @Test
  void drawsEpochsMetricsSpeedAndTimeLeft() {
    bar.accept(progress(Kind.STARTED, 0, null, 20, null, null));
    bar.accept(progress(Kind.EPOCH, 10_000, 5, 20, 100L, METRICS));

    assertThat(bar.line(100))
        .isEqualTo(
            "epoch 5/20 [======                  ]  25%  loss 0.1235  accuracy 97.1 %  ETA 0:30"
                + "  12,346 samples/s");
  }

  @Test
  void movesBetweenEpochsByTheirSteps() {
    bar.accept(progress(Kind.EPOCH, 1_000, 1, 2, 100L, null));
    bar.accept(progress(Kind.STEP, 2_000, 1, 2, 150L, Map.of("train_loss", 0.5)));

    assertThat(bar.line(80)).contains(" 75%  loss 0.5000  ETA 0:01");
  }

  @Test
  void countsTheTimeLeftFromWhereAnAttemptWentOn() {
    bar.accept(progress(Kind.EPOCH, 1_000, 5, 10, 50L, null));
    bar.accept(progress(Kind.ATTEMPT, 9_000_000, null, null, null, null));
    bar.accept(progress(Kind.RESUMED, 9_000_000, 5, 10, 50L, null));
    assertThat(bar.line(80)).contains(" 50%").doesNotContain("ETA");
    bar.accept(progress(Kind.EPOCH, 9_010_000, 6, 10, 60L, null));
    assertThat(bar.line(80)).contains(" 60%").contains("ETA 0:40");
  }

  @Test
  void fitsNarrowTerminals() {
    bar.accept(progress(Kind.STARTED, 0, null, 20, null, null));
    bar.accept(progress(Kind.EPOCH, 10_000, 5, 20, 100L, METRICS));
    for (int width = 0; width < 120; width++) {
      assertThat(bar.line(width)).hasSizeLessThanOrEqualTo(width);
    }
    assertThat(bar.line(28)).isEqualTo("epoch 5/20 [===       ]  25%");
  }

  @Test
  void hasNothingToDrawBeforeTheNumberOfEpochsIsKnown() {
    bar.accept(progress(Kind.ATTEMPT, 0, null, null, null, null));
    assertThat(bar.isReady()).isFalse();
    bar.accept(progress(Kind.STARTED, 0, null, 3, null, null));
    assertThat(bar.isReady()).isTrue();
    assertThat(bar.line(60)).startsWith("epoch 0/3 [ ").endsWith("]   0%");
  }

  static Progress progress(
      Kind kind,
      long timestamp,
      @Nullable Integer epoch,
      @Nullable Integer epochs,
      @Nullable Long step,
      @Nullable Map<String, Double> metrics) {
    return new Progress(kind, timestamp, epoch, epochs, step, metrics, null, null, null, null);
  }
}
