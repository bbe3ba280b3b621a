package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TableTest {
  @Test
  void alignsItsColumnsAndEndsLinesWithoutBlanks() {
    assertThat(new Table("A", "B").row("long", 1).row("", "").text(100))
        .isEqualTo("A     B\nlong  1\n\n");
  }

  @Test
  void theWidestColumnGivesWay() {
    String text = new Table("NAME", "WHY").row("x".repeat(12), "y".repeat(90)).text(60);
    assertThat(text.lines()).allMatch(line -> line.length() <= 60);
    assertThat(text).contains("x".repeat(12) + "  yyy").contains("y…");
  }

  @Test
  void neverCutsAColumnToNothing() {
    String text = new Table("AAAAAAAA", "BBBBBBBB").row("a".repeat(30), "b".repeat(30)).text(5);
    assertThat(text).contains("aaaaaaa…  bbbbbbb…");
  }

  @Test
  void aCellIsOneLineWithoutControlCharacters() {
    assertThat(new Table("A").row("two\nlines \u001b[31m").text(100))
        .isEqualTo("A\ntwo lines  [31m\n");
  }

  @Test
  void refusesARowOfAnotherLength() {
    assertThatThrownBy(() -> new Table("A", "B").row("one")).hasMessage("1 cells for 2 columns");
  }
}
