package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import nomadml.spec.Train;
import org.junit.jupiter.api.Test;

/** The expected values are scikit-learn's for the same scores. */
class ScoresTest {
  @Test
  void countsWhatWasTakenForWhat() {
    Scores scores = new Scores(3, false);
    scores.add(new float[] {2, 1, 0, 0, 3, 1, 0, 2, 1}, new int[] {0, 1, 2});
    scores.add(new float[] {0, 1, 5}, new int[] {2});
    assertThat(scores.confusion()).isDeepEqualTo(new long[][] {{1, 0, 0}, {0, 1, 0}, {0, 1, 1}});
    assertThat(scores.precision(1)).isEqualTo(0.5);
    assertThat(scores.recall(2)).isEqualTo(0.5);
    assertThat(scores.f1(1)).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(scores.metrics("test", List.of(Train.Metric.F1)).get("test_f1"))
        .isCloseTo((1 + 2 / 3.0 + 2 / 3.0) / 3, within(1e-12));
  }

  @Test
  void ranksTwoClassesWithTies() {
    Scores scores = new Scores(2, true);
    // Scores of class 1: 0.1, 0.4, 0.35, 0.8 as log odds; then a tie across the classes.
    scores.add(
        new float[] {0, -2.2f, 0, -0.4f, 0, -0.6f, 0, 1.4f, 0, 1.4f}, new int[] {0, 0, 1, 1, 0});
    assertThat(scores.metrics("v", List.of(Train.Metric.AUC)))
        .containsExactlyEntriesOf(Map.of("v_auc", (1 + 0 + 0 + 1 + 1 + 0.5) / 6));
  }

  @Test
  void meansTheCurvesOfSeveralClasses() {
    Scores scores = new Scores(3, true);
    scores.add(new float[] {9, 0, 0, 0, 9, 0, 0, 0, 9}, new int[] {0, 1, 2});
    assertThat(scores.metrics("v", List.of(Train.Metric.AUC))).containsEntry("v_auc", 1.0);
  }

  @Test
  void looksForTheClassAmongTheFiveMostProbable() {
    Scores scores = new Scores(7, false);
    float[] falling = {7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1};
    scores.add(falling, new int[] {4, 5});
    assertThat(scores.metrics("v", List.of(Train.Metric.TOP_5_ACCURACY)))
        .containsEntry("v_top_5_accuracy", 0.5);
  }
}
