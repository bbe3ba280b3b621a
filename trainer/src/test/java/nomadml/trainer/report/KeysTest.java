package nomadml.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeysTest {
  @ParameterizedTest
  @CsvSource({
    "train_loss, train_loss",
    "system/gpu_0_utilization_percentage, system/gpu_0_utilization_percentage",
    "val/acc@1, val/acc_1",
    "/a//b/, a/b",
    "../../etc/./passwd, etc/passwd",
    "verlust für heute, verlust f_r heute",
    "//, _",
    "'', _",
  })
  void makesKeysValid(String key, String valid) {
    assertThat(Keys.valid(key)).isEqualTo(valid);
  }

  @Test
  void cutsLongKeys() {
    assertThat(Keys.valid("k".repeat(300))).hasSize(250);
  }
}
