package nomadml.scheduler.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenSetTest {
  private static final String CSV = "a,kind,b\n1,cat,\"x,\"\"y\"\"\"\n2,dog,z\n";

  @Test
  void sendsTheColumnsWithoutTheLabelAsTheyAre() {
    List<String> asked = new ArrayList<>();
    golden(CSV)
        .accuracy(
            (address, csv) -> {
              asked.add(address + " " + csv);
              return json("[[0.9, 0.1], [0.2, 0.8]]");
            },
            "h:1",
            List.of("cat", "dog"));
    assertThat(asked).containsExactly("h:1 a,b\n1,\"x,\"\"y\"\"\"\n2,z\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[0.9, 0.1], [0.2, 0.8]] | 1.0",
        "[[0.9, 0.1], [0.8, 0.2]] | 0.5",
        "['cat', 'dog'] | 1.0",
        "[['dog'], ['dog']] | 0.5",
        "[{'kind': 'cat'}, {'kind': 'cat'}] | 0.5",
      })
  void comparesAnswers(String answers, double accuracy) {
    assertThat(
            golden(CSV)
                .accuracy((a, c) -> json(answers.replace('\'', '"')), "h:1", List.of("cat", "dog")))
        .isEqualTo(accuracy);
  }

  @Test
  void numbersAreTheSameHoweverWritten() {
    GoldenSet golden = GoldenSet.parse(bytes("a,kind\n1,3\n2,4\n"), "g.csv", "kind");
    assertThat(golden.accuracy((a, c) -> json("[3.0, 5]"), "h:1", List.of())).isEqualTo(0.5);
    assertThat(golden.accuracy((a, c) -> json("[[0,0,0,1],[0,0,0,1]]"), "h:1", List.of()))
        .isEqualTo(0.5);
  }

  @Test
  void packedFileIsUnpacked() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes(CSV));
    }
    assertThat(GoldenSet.parse(packed.toByteArray(), "g.csv.gz", "kind").labels())
        .containsExactly("cat", "dog");
  }

  @Test
  void manyRowsAreSentInParts() {
    StringBuilder csv = new StringBuilder("a,kind\n");
    for (int i = 0; i < 130; i++) {
      csv.append(i).append(",0\n");
    }
    List<Long> parts = new ArrayList<>();
    double accuracy =
        GoldenSet.parse(bytes(csv.toString()), "g.csv", "kind")
            .accuracy(
                (address, part) -> {
                  long rows = part.lines().count() - 1;
                  parts.add(rows);
                  return json("[" + "0,".repeat((int) rows - 1) + "0]");
                },
                "h:1",
                List.of());
    assertThat(parts).containsExactly(64L, 64L, 2L);
    assertThat(accuracy).isEqualTo(1);
  }

  @Test
  void refusesAnAnswerOfAnotherLength() {
    SchedulerFailure failure =
        catchThrowableOfType(
            SchedulerFailure.class,
            () -> golden(CSV).accuracy((a, c) -> json("[1]"), "h:1", List.of()));
    assertThat(failure).hasMessageContaining("1 predictions to 2 rows");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a,b\n1,2\n' | has no column 'kind' | --golden-label",
        "'' | has no column 'kind' | --golden-label",
        "'a,kind\n' | has no rows | a line for each example",
        "'a,kind\n1\n' | has 1 cells in line 2 | a cell for each column",
        "'a,kind\n\"1,2\n' | is no CSV | commas",
      })
  void refusesWhatIsNoGoldenSet(String csv, String why, String hint) {
    SchedulerFailure failure = catchThrowableOfType(SchedulerFailure.class, () -> golden(csv));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(failure).hasMessageContaining("golden set g.csv").hasMessageContaining(why);
    assertThat(failure.hint()).contains(hint);
  }

  private static GoldenSet golden(String csv) {
    return GoldenSet.parse(bytes(csv), "g.csv", "kind");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode json(String text) {
    try {
      return Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
