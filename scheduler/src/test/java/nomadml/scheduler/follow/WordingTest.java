package nomadml.scheduler.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WordingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "nothing",
      value = {
        "'attempt','facts':{'attempt':'2','node':'node-1'} | attempt 2 on node-1",
        "'attempt','step':1 | attempt",
        "'started','facts':{'device':'cpu','device_reason':'no GPU','parameters':'99'}"
            + "| trains on cpu (no GPU), 99 parameters",
        "'resumed','epoch':4,'epochs':9,'step':80"
            + "| goes on from its checkpoint at epoch 4/9 step 80",
        "'epoch','epoch':4,'epochs':9,'step':80,'metrics':{'rmse':54321.4,'train_loss':0.5}"
            + "| epoch 4/9  loss 0.5000  rmse 54,321",
        "'step','step':80,'metrics':{'train_loss':1e-7} | step 80  loss 1.000e-07",
        "'epoch','epoch':4,'epochs':20 | epoch  4/20",
        "'checkpoint','step':80 | nothing",
        "'warning','message':'MLflow is away' | warning: MLflow is away",
        "'stopped','step':1 | stopped after a checkpoint; it can be resumed",
        "'finished','step':1 | finished",
        "'failed','cause':'nan_loss','message':'NaN' | failed: nan_loss: NaN",
        "'failed','step':1 | failed: no reason given",
      })
  void saysEachKindOfProgressInOneLine(String line, String words) {
    String json = "{\"nomad_ml\":" + line.replace('\'', '"') + ",\"timestamp\":1}";
    Progress progress = ProgressLine.read(json).orElseThrow();
    assertThat(Wording.of(progress).orElse(null)).isEqualTo(words);
  }

  @Test
  void aResultIsJudgedByItsBestKnownMetric() {
    assertThat(Wording.results(Map.of("train_loss", 0.1, "validation_accuracy", 0.5)))
        .containsExactly("validation accuracy 50.0 %");
    assertThat(Wording.results(Map.of("train_loss", 0.1, "validation_r2", 0.5)))
        .containsExactly("validation r2 0.5000");
    assertThat(Wording.results(Map.of())).isEmpty();
    assertThat(Wording.results(Map.of("mine", Double.NaN))).containsExactly("mine NaN");
  }
}
