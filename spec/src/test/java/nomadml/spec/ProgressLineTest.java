package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final Progress epoch =
      new Progress(
          Progress.Kind.EPOCH, 1L, 2, 20, 46L, Map.of("train_loss", 0.5), null, null, null, null);

  @Test
  void readsWhatItWrote() {
    String line = ProgressLine.write(epoch);
    assertThat(line).startsWith("{\"nomad_ml\":\"epoch\"").doesNotContain("\n");
    assertThat(ProgressLine.read(line)).contains(epoch);
  }

  @Test
  void tellsLogStoresWhoseItIsAndWhen() {
    String line = ProgressLine.write(epoch, Map.of("run_id", "abc"));
    assertThat(line)
        .startsWith(ProgressLine.write(epoch).replace("}}", "},"))
        .endsWith("\"time\":\"1970-01-01T00:00:00.001Z\",\"level\":\"INFO\",\"run_id\":\"abc\"}");
    assertThat(ProgressLine.read(line)).contains(epoch);
  }

  @Test
  void leavesOtherOutputAlone() {
    assertThat(ProgressLine.read("loading …")).isEmpty();
    assertThat(ProgressLine.read("{\"nomad_ml\":\"epoch\",\"ste")).isEmpty();
  }
}
