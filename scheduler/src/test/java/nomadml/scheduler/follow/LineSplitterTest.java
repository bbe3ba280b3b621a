package nomadml.scheduler.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LineSplitterTest {
  private final List<String> lines = new ArrayList<>();
  private final LineSplitter splitter = new LineSplitter(lines::add);

  @Test
  void joinsWhatArrivesInPiecesEvenInsideACharacter() {
    for (byte each : "für\r\nzwei\n\nrest".getBytes(StandardCharsets.UTF_8)) {
      splitter.accept(new byte[] {each}, 1);
    }
    assertThat(lines).containsExactly("für", "zwei", "");
    splitter.finish();
    assertThat(lines).containsExactly("für", "zwei", "", "rest");
  }

  @Test
  void cutsALineThatNeverEnds() {
    byte[] block = "x".repeat(50_000).getBytes(StandardCharsets.UTF_8);
    splitter.accept(block, block.length);
    splitter.accept(block, block.length);
    splitter.finish();
    assertThat(lines).extracting(String::length).containsExactly(65_536, 34_464);
  }

  @Test
  void readsOnlyTheBytesThatCame() {
    splitter.accept("ab\ncd\n".getBytes(StandardCharsets.UTF_8), 3);
    splitter.finish();
    assertThat(lines).containsExactly("ab");
  }
}
