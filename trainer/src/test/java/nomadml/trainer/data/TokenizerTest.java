package nomadml.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  @Test
  void cutsWordsAndPunctuation() {
    assertThat(learned("{minimum_frequency: 1}", "Don't stop — it's 20 °C, snake_case!"))
        .containsExactly(
            "!", "'", ",", "20", "c", "don", "it", "s", "snake_case", "stop", "t", "°", "—");
  }

  @Test
  void lowersEachLetterByItself() {
    assertThat(learned("{minimum_frequency: 1}", "ΟΔΟΣ İstanbul ÉTÉ"))
        .containsExactly("i\u0307stanbul", "été", "οδοσ");
  }

  @Test
  void keepsMarksWithTheirLetters() {
    assertThat(learned("{minimum_frequency: 1}", "हिन्दी e\u0301te 你好 a\u200bb 😀"))
        .containsExactly("a", "b", "e\u0301te", "हिन्दी", "你好", "😀");
  }

  @Test
  void keepsTheCaseWhenAsked() {
    assertThat(learned("{minimum_frequency: 1, lower_case: false}", "Aa")).containsExactly("Aa");
  }

  @Test
  void keepsTheMostFrequentWords() {
    assertThat(learned("{vocabulary_size: 4}", "c c c b b b a a d")).containsExactly("b", "c");
    assertThat(learned("{minimum_frequency: 3}", "c c c b b b a a d")).containsExactly("b", "c");
  }

  @Test
  void cutsAtTheSequenceLengthAndPads() {
    Tokenizer tokenizer =
        Tokenizer.learn(settings("{sequence_length: 3, minimum_frequency: 1}"), List.of("a b. c"));
    assertThat(tokenizer.encode("b a. a")).containsExactly(4, 3, 2);
    assertThat(tokenizer.encode("x a")).containsExactly(Tokenizer.UNKNOWN, 3, Tokenizer.PADDING);
    assertThat(tokenizer.encode(" ")).containsExactly(0, 0, 0);
    assertThat(tokenizer.size()).isEqualTo(5);
  }

  @Test
  void takesBytes() {
    Tokenizer tokenizer =
        Tokenizer.learn(settings("{tokens: bytes, sequence_length: 4}"), List.of());
    assertThat(tokenizer.encode("Aé")).containsExactly(66, 0xc3 + 1, 0xa9 + 1, 0);
    assertThat(tokenizer.size()).isEqualTo(257);
  }

  private static List<String> learned(String settings, String text) {
    List<String> vocabulary = Tokenizer.learn(settings(settings), List.of(text)).vocabulary();
    return vocabulary.subList(2, vocabulary.size()).stream().sorted().toList();
  }

  private static Train.Text settings(String text) {
    return Jobs.data("{format: text, path: t.txt, text: %s}".formatted(text)).text();
  }
}
