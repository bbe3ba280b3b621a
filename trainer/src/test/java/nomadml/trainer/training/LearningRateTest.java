package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import nomadml.trainer.Jobs;
import nomadml.trainer.checkpoint.TrainingState;
import org.junit.jupiter.api.Test;

class LearningRateTest {
  private static final double STEP = 0.1;

  @Test
  void staysWhereItIs() {
    LearningRate rate = rate("type=constant");
    assertThat(rate.at(0, STEP)).isEqualTo(0.1);
    assertThat(rate.at(9.9, STEP)).isEqualTo(0.1);
  }

  @Test
  void warmsUpLinearlyAndMovesInTheFirstStep() {
    LearningRate rate = rate("type=constant", "warmup_epochs=1");
    assertThat(rate.at(0, STEP)).isCloseTo(0.01, within(1e-9));
    assertThat(rate.at(0.9, STEP)).isCloseTo(0.1, within(1e-9));
    assertThat(rate.at(1, STEP)).isEqualTo(0.1);
  }

  @Test
  void fallsInSteps() {
    LearningRate rate = rate("type=step", "step_epochs=2", "factor=0.5");
    assertThat(rate.at(1.9, STEP)).isEqualTo(0.1);
    assertThat(rate.at(2, STEP)).isEqualTo(0.05);
    assertThat(rate.at(4, STEP)).isEqualTo(0.025);
  }

  @Test
  void fallsAlongACosineToItsMinimum() {
    LearningRate rate = rate("type=cosine", "warmup_epochs=2", "minimum=0.02");
    assertThat(rate.at(2, STEP)).isEqualTo(0.1);
    assertThat(rate.at(6, STEP)).isCloseTo(0.06, within(1e-9));
    assertThat(rate.at(10, STEP)).isCloseTo(0.02, within(1e-9));
  }

  @Test
  void risesAndFallsInOneCycle() {
    LearningRate rate = rate("type=one_cycle");
    assertThat(rate.at(0, STEP)).isCloseTo(0.1 / 25, within(1e-9));
    assertThat(rate.at(1.5, STEP)).isCloseTo((0.1 + 0.1 / 25) / 2, within(1e-9));
    assertThat(rate.at(3, STEP)).isCloseTo(0.1, within(1e-9));
    assertThat(rate.at(10, STEP)).isCloseTo(0.1 / 25 / 1e4, within(1e-9));
  }

  @Test
  void fallsAtAPlateauAndWaitsAnew() {
    LearningRate rate = rate("type=plateau", "factor=0.5", "patience=2");
    TrainingState.Plateau start = new TrainingState.Plateau(1, 0);
    TrainingState.Plateau waiting = rate.after(start, false);
    assertThat(waiting).isEqualTo(new TrainingState.Plateau(1, 1));
    assertThat(rate.after(waiting, true)).isEqualTo(start);
    assertThat(rate.after(waiting, false)).isEqualTo(new TrainingState.Plateau(0.5, 0));
    assertThat(rate("type=constant").after(waiting, false).factor()).isEqualTo(1);
  }

  private static LearningRate rate(String... schedule) {
    Jobs job = Jobs.digits().set("optimizer.learning_rate=0.1");
    for (String field : schedule) {
      job = job.set("optimizer.schedule." + field);
    }
    return new LearningRate(job.build().optimizer(), 10);
  }
}
