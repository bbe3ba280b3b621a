package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextsTest {
  @Test
  void keepsWhatItWasGiven() {
    Texts texts = new Texts();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      String text = i % 3 == 0 ? "" : "größe " + i;
      texts.add(text);
      expected.add(text);
    }
    assertThat(texts).isEqualTo(expected);
    assertThatThrownBy(() -> texts.get(3000)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
