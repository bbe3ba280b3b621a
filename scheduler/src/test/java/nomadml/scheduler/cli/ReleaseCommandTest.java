package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import nomadml.scheduler.release.Release;
import nomadml.spec.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReleaseCommandTest {
  private static final String STAGES = "--stages=test,prod";

  @TempDir Path folder;

  private final Screen screen = new Screen();

  @BeforeEach
  void configure() {
    for (String context : List.of("test", "prod")) {
      Screen other = new Screen(screen.clock);
      other.deployments.serving.host = context + ".test";
      screen.contexts.put(context, other);
    }
  }

  @Test
  void releasesAndSaysSo() {
    assertThat(screen.type("release", "digits/5", STAGES, "--reason", "spring")).isZero();
    assertThat(screen.out).isEqualTo("digits/5 is released: test, prod serve it\n");
    assertThat(screen.err)
        .contains("releases digits/5 (sha256:", "stage 1 of 2: test\n", "test: registered")
        .contains("prod: digits@champion is version 5 now", "prod: serves digits/5");
    assertThat(at("test").deployments.aliases).isEmpty();
  }

  @Test
  void whatTheContextSaysIsWhatIsDeployed() {
    at("prod").deployOptions =
        List.of("--count=3", "--gpu=2xH200", "--alias=live", "--notify=team");
    assertThat(screen.type("release", "digits/5", STAGES)).isZero();
    assertThat(at("prod").deployments.serving.requests().get(0).wish())
        .satisfies(
            wish -> {
              assertThat(wish.settings().count()).isEqualTo(3);
              assertThat(wish.settings().resources().gpu()).isNotNull();
              assertThat(wish.alias()).isEqualTo("live");
              assertThat(wish.approve()).isNull();
            });
    assertThat(at("test").deployments.serving.requests().get(0).wish().settings().count())
        .isEqualTo(1);
  }

  @Test
  void approvalIsADayWhereTheContextSaysNoTime() {
    assertThat(screen.type("release", "digits/5", "--stages", "test,prod:approve")).isEqualTo(6);
    assertThat(at("prod").deployments.serving.requests().get(0).wish().approve()).hasToString("1d");
    assertThat(screen.err)
        .contains("  hint: submit-job deploy promote digits --context prod")
        .contains("error: digits/5 is not released: prod: nobody approved within 1d")
        .contains("  test keep it", "submit-job release revert digits --stages test,prod:approve");
  }

  @Test
  void refusedStageIsExitFourAndAFailureOfTheReport() throws IOException {
    at("prod").deployments.serving.crashing("5");
    Path report = folder.resolve("reports/release.xml");
    assertThat(screen.type("release", "digits/5", STAGES, "--report", report + "")).isEqualTo(4);
    assertThat(Files.readString(report))
        .contains("failures=\"1\"", "<testcase classname=\"release.prod\" name=\"stage prod\"")
        .contains("Terminated: Exit Code: 2", "model can't be served");
    assertThat(report.getParent()).isDirectoryContaining(file -> file.equals(report));
    assertThat(screen.type("release", "status", "digits", STAGES)).isZero();
    assertThat(screen.out).contains("digits/5  refused", "prod", "a server did");
  }

  @Test
  void earlierStagesGoBackByThemselvesWhenAsked() {
    assertThat(screen.type("release", "digits/4", STAGES)).isZero();
    screen.clock.advance(Duration.ofHours(1));
    at("prod").deployments.serving.crashing("5");
    assertThat(screen.type("release", "digits/5", STAGES, "--revert-earlier")).isEqualTo(4);
    assertThat(at("test").deployments.serving.current("").orElseThrow().modelVersion())
        .isEqualTo("4");
    assertThat(screen.err)
        .contains("test: went back to version 4")
        .doesNotContain("submit-job release revert");
  }

  @Test
  void revertIsACommandToo() {
    screen.type("release", "digits/4", STAGES);
    assertThat(screen.type("release", "revert", "digits", STAGES)).isZero();
    assertThat(screen.out).contains("reverted");
    assertThat(screen.err).contains("nothing ran before it: it is stopped");
    assertThat(screen.type("release", "history", "digits", STAGES)).isZero();
    assertThat(screen.out).contains("digits/4  released");
  }

  @Test
  void jsonIsALineEachChangeAndTheOutcome() throws JsonProcessingException {
    assertThat(screen.type("release", "digits/5", STAGES, "-o", "json")).isZero();
    List<String> lines = screen.out.lines().toList();
    assertThat(Json.MAPPER.readTree(lines.get(0)).path("state").asText()).isEqualTo("running");
    JsonNode last = Json.MAPPER.readTree(lines.get(lines.size() - 1));
    assertThat(last.path("exit_code").asInt(-1)).isZero();
    assertThat(last.at("/release/state").asText()).isEqualTo("released");
    assertThat(last.at("/release/stages/1/context").asText()).isEqualTo("prod");
    assertThat(lines).anySatisfy(line -> assertThat(line).contains("\"stage\":\"prod\""));
  }

  @Test
  void contextsThatAreNotConfiguredAreRefused() {
    Path report = folder.resolve("release.xml");
    assertThat(screen.type("release", "digits/5", "--report", report + "")).isEqualTo(2);
    assertThat(screen.err)
        .contains("error: stage gpu-test: there is no context gpu-test")
        .contains("hint: there are prod, test; --stages names the contexts to go through");
    assertThat(report).content().contains("<error message=\"stage gpu-test: there is no");
    assertThat(releases()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--count=0     | deploy: of context prod: --count 0 is not possible",
        "--count=many  | deploy: of context prod: Invalid value for option '--count'",
        "--gate=p95<=? | deploy: of context prod: gate 'p95<=?'",
        "--approve=x   | deploy: of context prod: Invalid value for option '--approve'"
      })
  void deployBlockThatIsNotPossibleIsRefusedFirst(String option, String why) {
    at("prod").deployOptions = List.of(option);
    assertThat(screen.type("release", "digits/5", STAGES)).isEqualTo(2);
    assertThat(screen.err).contains(why, "hint:");
    assertThat(releases()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "release                                | the model is missing",
        "release digits                         | names no version",
        "release digits/5 --stages=test,test    | --stages test,test is not possible",
        "release digits/5 --stages=test:apprvoe | --stages test:apprvoe is not possible",
        "release digits/5 --context=prod        | a release goes through contexts",
        "release digits/5 --nomad=http://x      | a release goes through contexts",
        "release resume digits --stages=test    | no release of digits is under way in test",
        "release cancel digits --stages=test    | no release of digits is under way in test",
        "release status digits --stages=test    | no release of digits is written down in test",
        "release status digits/5 --stages=test  | is no name of a registered model"
      })
  void refusesWhatMakesNoSense(String line, String why) {
    assertThat(screen.type(line.strip().split(" +"))).isEqualTo(2);
    assertThat(screen.err).contains(why);
    assertThat(screen.out).isEmpty();
  }

  @Test
  void reportThatCanNotBeWrittenIsToldAtOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(screen.type("release", "digits/5", STAGES, "--report", file + "/release.xml"))
        .isEqualTo(2);
    assertThat(screen.err).contains("can't write the report", "hint: --report names a file");
    assertThat(at("test").deployments.serving.requests()).isEmpty();
  }

  private List<Release> releases() {
    return at("test").releases.records();
  }

  private Screen at(String context) {
    Screen other = screen.contexts.get(context);
    assertThat(other).isNotNull();
    return Objects.requireNonNull(other);
  }
}
