package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.ExitCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubmitCommandTest {
  @TempDir Path folder;

  private final Screen screen = new Screen();
  private Path file;

  @BeforeEach
  void write() throws IOException {
    screen.state = folder.resolve("state");
    file = Files.writeString(folder.resolve("job.yaml"), "name: fit\ncommand: [\"true\"]\n");
  }

  @Test
  void detachedItPrintsTheJobsIdAndHowToFollowIt() {
    assertThat(screen.type(file.toString(), "--detach", "--id", "mine")).isZero();

    assertThat(screen.out).isEqualTo("mine\n");
    assertThat(screen.err)
        .contains(
            "submitted mine to a cluster in memory", "hint: follow it: submit-job logs -f mine");
  }

  @Test
  void aScheduleIsSubmittedAndNotFollowed() throws IOException {
    Files.writeString(file, "name: fit\ncommand: [\"true\"]\nschedule: '0 3 * * *'\n");
    assertThat(screen.type(file.toString(), "--follow")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err)
        .contains(
            "fit has a schedule: it has no end to follow", "hint: submit it without --follow");
    assertThat(screen.cluster.registered()).isEmpty();

    assertThat(screen.type(file.toString(), "--id", "mine")).isZero();
    assertThat(screen.err)
        .contains("it starts by '0 3 * * *' in UTC", "hint: its runs: submit-job status mine");
  }

  @Test
  void detachedItAnswersInJsonWhenAsked() {
    assertThat(screen.type(file.toString(), "--detach", "--id", "mine", "-o", "json")).isZero();

    assertThat(screen.out)
        .contains("\"job_id\" : \"mine\"", "\"run_id\" : \"run-1\"", "\"continued\" : false");
  }

  @Test
  void aJobThatWaitsIsAcceptedAndSaysWhatItWaitsFor() {
    screen.cluster.forecast(forecast(Forecast.Verdict.WAITS, "1 node: memory exhausted"));

    assertThat(screen.type(file.toString(), "--detach")).isZero();

    assertThat(screen.err).contains("it waits: 1 node: memory exhausted");
    assertThat(screen.cluster.registered()).hasSize(1);
  }

  @Test
  void aJobThatCanNeverBePlacedExitsWith3() {
    screen.cluster.forecast(forecast(Forecast.Verdict.NEVER, "no node has a GPU"));

    assertThat(screen.type(file.toString())).isEqualTo(ExitCode.NEVER_PLACED.number());
    assertThat(screen.err).contains("error: fit can never be placed: no node has a GPU");
    assertThat(screen.type("plan", file.toString())).isEqualTo(ExitCode.NEVER_PLACED.number());
    assertThat(screen.out)
        .contains("can never be placed, a cluster in memory", "no node has a GPU");
  }

  @Test
  void aHintOfTheForecastIsNoNote() {
    screen.cluster.forecast(
        new Forecast(
            Forecast.Verdict.NEVER,
            null,
            List.of("no node has a trainer"),
            List.of(),
            List.of("runs by docker", "hint: lay one there")));

    assertThat(screen.type("plan", file.toString())).isEqualTo(ExitCode.NEVER_PLACED.number());
    assertThat(screen.out).contains("  note: runs by docker", "  hint: lay one there");
    assertThat(screen.out).doesNotContain("note: hint", "note: lay");
    assertThat(screen.type(file.toString())).isEqualTo(ExitCode.NEVER_PLACED.number());
    assertThat(screen.err).contains("  hint: lay one there");
  }

  @Test
  void everyProblemOfAJobFileIsToldAndNothingIsSent() throws IOException {
    Files.writeString(file, "nam: fit\npriority: 200\n");

    assertThat(screen.type(file.toString())).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("unknown field nam", "did you mean name?", "at most 100");
    assertThat(screen.cluster.registered()).isEmpty();
  }

  @Test
  void aMissingFileAndAMissingArgumentAreUsage() {
    assertThat(screen.type("absent.yaml")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err)
        .isEqualTo(
            """
            absent.yaml: there is no such file
              hint: name a job file, such as those in examples/
            """);
    assertThat(screen.type()).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("the job file is missing", "hint: submit-job --help");
    assertThat(screen.type("plan")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("hint: submit-job plan --help");
  }

  @Test
  void anIdThatWouldLeaveTheStateFolderIsRefused() {
    assertThat(screen.type(file.toString(), "--id", "../x")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("--id must be 1 to 128 letters");
  }

  @Test
  void followAndDetachExcludeEachOther() {
    assertThat(screen.type(file.toString(), "--follow", "--detach"))
        .isEqualTo(ExitCode.USAGE.number());
  }

  @Test
  void anUnreachableClusterExitsWith5() {
    screen.cluster.unreachable(true);

    assertThat(screen.type(file.toString())).isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(screen.err).contains("error: a cluster in memory does not answer");
    assertThat(screen.err).doesNotContain("\tat ");
    assertThat(screen.type(file.toString(), "--verbose")).isEqualTo(5);
    assertThat(screen.err).contains("\tat ");
  }

  @Test
  void overridesReachTheJob() {
    screen.type(file.toString(), "--detach", "--set", "priority=80");

    assertThat(screen.cluster.registered().get(0).job().priority()).isEqualTo(80);
  }

  @Test
  void renderAndCompletionPrintWhatTheyPromise() {
    assertThat(screen.type("render", file.toString())).isZero();
    assertThat(screen.out).isEqualTo("{\"ID\":\"fit-00000000\"}\n");
    assertThat(screen.type("completion")).isZero();
    assertThat(screen.out).contains("complete -F", "submit-job");
  }

  @Test
  void optionsBeforeACommandAreItsOwn() {
    assertThat(screen.type("--nomad", "http://outer:1", "--verbose", "list")).isZero();
    assertThat(screen.choices.nomad()).isEqualTo("http://outer:1");

    assertThat(screen.type("--nomad", "http://outer:1", "list", "--nomad", "http://inner:2"))
        .isZero();
    assertThat(screen.choices.nomad()).isEqualTo("http://inner:2");
  }

  @Test
  void anOptionBeforeACommandThatHasNoneSuchIsRefused() {
    assertThat(screen.type("--id", "mine", "list")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("list has no option --id");
    assertThat(screen.type(file.toString(), "list")).isEqualTo(ExitCode.USAGE.number());
    assertThat(screen.err).contains("the job file goes after the command: list");
  }

  private static Forecast forecast(Forecast.Verdict verdict, String reason) {
    return new Forecast(verdict, null, List.of(reason), List.of(), List.of());
  }
}
