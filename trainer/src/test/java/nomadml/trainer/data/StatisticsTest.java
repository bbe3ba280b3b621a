package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void looksAtTrainingRowsOnly() {
    Statistics statistics = Statistics.of(table(new int[] {0, 1}, new int[] {2}));
    assertThat(statistics.mean()).containsExactly(2, 7);
    assertThat(statistics.targetMean()).isEqualTo(15);
    assertThat(statistics.targetDeviation()).isEqualTo(5);
  }

  @Test
  void givesAConstantColumnADeviationOfOne() {
    assertThat(Statistics.of(table(new int[] {0, 1}, new int[] {2})).deviation())
        .containsExactly(1, 1);
  }

  @Test
  void averagesImagesByChannel() {
    byte[] pixels = {0, 10, (byte) 200, (byte) 220};
    DataSet images =
        new DataSet(
            new DataSet.Pixels(pixels),
            List.of(2, 1, 2),
            List.of(),
            new float[] {0},
            List.of("a", "b"),
            new int[] {0},
            new int[0],
            new int[0],
            "");
    assertThat(Statistics.of(images).mean()).containsExactly(5, 210);
  }

  private static Column number(String name) {
    return new Column(name, Column.Kind.NUMBER, List.of(), false, false);
  }

  private static DataSet table(int[] train, int[] validation) {
    float[] values = {1, 7, 3, 7, 1000, 9};
    return new DataSet(
        new DataSet.Numbers(values),
        List.of(2),
        List.of(number("a"), number("b")),
        new float[] {10, 20, 99},
        List.of(),
        train,
        validation,
        new int[0],
        "");
  }
}
