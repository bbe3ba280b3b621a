package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.spec.FailureCause;
import nomadml.spec.Input;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputsTest {
  @TempDir private Path home;
  private final List<String> warnings = new ArrayList<>();
  private final Interruptions interruptions = new Interruptions();
  private Path source;
  private Input input;
  private Path folder;

  @BeforeEach
  void begin() throws IOException {
    source = home.resolve("source.csv");
    folder = home.resolve("inputs");
    Files.writeString(source, "1,2,3");
    input = new Input("data/a.csv", Sha256.of(source), 5, source.toString());
  }

  @Test
  void bringsAnInputToWhereTheJobExpectsIt() throws Exception {
    bring((wanted, target) -> Files.copy(source, target));
    assertThat(folder.resolve("data/a.csv")).hasContent("1,2,3");
  }

  @Test
  void linksOnThisMachine() throws Exception {
    bring(new LinkedInputs());
    assertThat(folder.resolve("data/a.csv")).isSymbolicLink().hasContent("1,2,3");
  }

  @Test
  void fetchesNothingTwice() throws Exception {
    AtomicInteger fetched = new AtomicInteger();
    InputSource counting =
        (wanted, target) -> {
          fetched.incrementAndGet();
          Files.copy(source, target);
        };
    bring(counting);
    bring(counting);
    assertThat(fetched).hasValue(1);
  }

  @Test
  void asksAgainWhileTheServerIsAway() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    bring(
        (wanted, target) -> {
          if (asked.incrementAndGet() == 1) {
            throw new IOException("connection refused");
          }
          Files.copy(source, target);
        });
    assertThat(folder.resolve("data/a.csv")).exists();
    assertThat(warnings).singleElement().asString().contains("connection refused");
  }

  @Test
  void refusesWhatWasNotSubmitted() {
    refused((wanted, target) -> Files.writeString(target, "4,5,6"), "is not what was submitted");
    assertThat(folder.resolve("data/a.csv")).doesNotExist();
  }

  @Test
  void saysWhenAnInputIsGone() throws IOException {
    Files.delete(source);
    refused(new LinkedInputs(), "the input data/a.csv is not there");
  }

  @Test
  void givesUpWhenTheServerStaysAway() {
    refused(
        (wanted, target) -> {
          throw new IOException("connection refused");
        },
        "can't be fetched: connection refused");
  }

  @Test
  void leavesAtASignal() {
    interruptions.interrupt(Interruption.Reason.SIGNAL);
    assertThatThrownBy(() -> bring(new LinkedInputs())).isInstanceOf(Interruption.class);
  }

  private void refused(InputSource from, String message) {
    assertThatThrownBy(() -> bring(from))
        .isInstanceOfSatisfying(
            TrainingFailure.class,
            failure -> {
              assertThat(failure.failureCause()).isEqualTo(FailureCause.DATA_MISSING);
              assertThat(failure).hasMessageContaining(message);
              assertThat(failure.hint()).isNotBlank();
            });
  }

  private void bring(InputSource from) throws Exception {
    Patience patience = new Patience(Duration.ofSeconds(1), interruptions, warnings::add);
    new Inputs(from, patience).bring(List.of(input), folder);
  }
}
