package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import nomadml.spec.Train;
import org.junit.jupiter.api.Test;

class LearningRateTest {
  private static final double STEP = 0.1;

  @Test
  void staysWhereItIs() {
    LearningRate rate = rate(new Train.Schedule(Train.Shape.CONSTANT, 0, 0, 0, 0));
    assertThat(rate.at(0, STEP)).isEqualTo(0.1);
    assertThat(rate.at(9.9, STEP)).isEqualTo(0.1);
  }

  @Test
  void warmsUpLinearlyAndMovesInTheFirstStep() {
    LearningRate rate = rate(new Train.Schedule(Train.Shape.CONSTANT, 1, 0, 0, 0));
    assertThat(rate.at(0, STEP)).isCloseTo(0.01, within(1e-9));
    assertThat(rate.at(0.9, STEP)).isCloseTo(0.1, within(1e-9));
    assertThat(rate.at(1, STEP)).isEqualTo(0.1);
  }

  @Test
  void fallsInSteps() {
    LearningRate rate = rate(new Train.Schedule(Train.Shape.STEP, 0, 2, 0.5, 0));
    assertThat(rate.at(1.9, STEP)).isEqualTo(0.1);
    assertThat(rate.at(2, STEP)).isEqualTo(0.05);
    assertThat(rate.at(4, STEP)).isEqualTo(0.025);
  }

  @Test
  void fallsAlongACosineToItsMinimum() {
    LearningRate rate = rate(new Train.Schedule(Train.Shape.COSINE, 2, 0, 0, 0.02));
    assertThat(rate.at(2, STEP)).isEqualTo(0.1);
    assertThat(rate.at(6, STEP)).isCloseTo(0.06, within(1e-9));
    assertThat(rate.at(10, STEP)).isCloseTo(0.02, within(1e-9));
  }

  private static LearningRate rate(Train.Schedule schedule) {
    return new LearningRate(new Train.Optimizer(Train.Method.SGD, 0.1, 0, 0, schedule), 10);
  }
}
