package nomadml.trainer.cli;

import static java.util.Objects.requireNonNull;
import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import nomadml.spec.JobFileReader;
import nomadml.spec.Json;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import nomadml.spec.TaskExit;
import nomadml.spec.log.LogLine;
import nomadml.trainer.Jobs;
import nomadml.trainer.Sha256;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor as a process of its own, without a cluster. */
class SuperviseCommandTest {
  @TempDir private Path home;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void trainsTheDigits() throws Exception {
    String input =
        "[{\"path\":\"data/digits.csv.gz\",\"sha256\":\"%s\",\"bytes\":%d,\"source\":\"%s\"}]";
    Path data = Jobs.EXAMPLES.resolve("data/digits.csv.gz").toAbsolutePath().normalize();
    String inputs = input.formatted(Sha256.of(data), Files.size(data), data);
    String yaml = Files.readString(Jobs.EXAMPLES.resolve("digits.yaml"));
    Process supervisor =
        start(yaml, Map.of("NOMAD_ML_INPUTS", inputs, "NOMAD_ML_RUN_ID", "run-1"), "out");
    assertThat(exit(supervisor)).isEqualTo(TaskExit.DONE);
    Progress last = last("out");
    assertThat(last.kind()).isEqualTo(Progress.Kind.FINISHED);
    assertThat(requireNonNull(last.metrics()).get("validation_accuracy")).isGreaterThan(0.95);
    assertThat(home.resolve("run/model/MLmodel")).exists();
    assertThat(home.resolve("run/verdict.json")).exists();
    assertThat(Files.readString(home.resolve("run/metrics.csv"))).contains("validation_accuracy");
    assertThat(read("out.err").lines())
        .isNotEmpty()
        .allMatch(
            line ->
                LogLine.read(line)
                    .orElseThrow()
                    .facts()
                    .getOrDefault("run_id", "")
                    .equals("run-1"));
  }

  @Test
  void leavesResumableAtSigterm() throws Exception {
    Process supervisor = start(command("echo ready; exec sleep 300"), Map.of(), "out");
    awaitOutput("ready");
    supervisor.toHandle().destroy();
    assertThat(exit(supervisor)).isEqualTo(TaskExit.RESUMABLE);
    assertThat(last("out").kind()).isEqualTo(Progress.Kind.STOPPED);
  }

  @Test
  void takesItsProgramAlongWhenItIsKilled() throws Exception {
    Process supervisor =
        start(command("echo $$ > pid; echo ready; exec sleep 300"), Map.of(), "out");
    awaitOutput("ready");
    long program = Long.parseLong(Files.readString(home.resolve("run/inputs/pid")).strip());
    assertThat(ProcessHandle.of(program)).isPresent();
    supervisor.destroyForcibly().waitFor();
    eventually(
        "the program is gone",
        () -> ProcessHandle.of(program).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void refusesASecondSupervisor() throws Exception {
    start(command("echo ready; exec sleep 300"), Map.of(), "out");
    awaitOutput("ready");
    Process second = start(command("echo second"), Map.of(), "out-2");
    assertThat(exit(second)).isEqualTo(2);
    assertThat(Files.readString(home.resolve("out-2.err")))
        .contains("another supervisor works in", "hint:");
  }

  @Test
  void refusesAnEnvironmentThatIsNotItsOwn() throws Exception {
    Process supervisor = start(command("true"), Map.of("NOMAD_ML_SUBMISSION_ID", ""), "out");
    assertThat(exit(supervisor)).isEqualTo(2);
    assertThat(LogLine.read(read("out.err").strip()).orElseThrow().message())
        .contains("NOMAD_ML_SUBMISSION_ID is not set", "hint:")
        .doesNotContain("Exception");
  }

  @Test
  void refusesAFormatOfLogsItDoesNotKnow() throws Exception {
    Process supervisor = start(command("true"), Map.of("NOMAD_ML_LOG", "yaml"), "out");
    assertThat(exit(supervisor)).isEqualTo(2);
    assertThat(read("out.err"))
        .contains("NOMAD_ML_LOG is \"yaml\"", "hint: set it to text or json")
        .doesNotContain("Exception");
  }

  @Test
  void logsTextWhenTheEnvironmentSaysSo() throws Exception {
    Process supervisor = start(command("echo theirs >&2"), Map.of("NOMAD_ML_LOG", "text"), "out");
    assertThat(exit(supervisor)).isEqualTo(TaskExit.DONE);
    assertThat(read("out.err").lines())
        .contains("theirs")
        .anyMatch(line -> line.endsWith(" INFO leaves with exit code 0"))
        .noneMatch(line -> line.startsWith("{"));
  }

  private static String command(String script) {
    return "name: a\ncommand: [sh, -c, '%s']\n".formatted(script);
  }

  private Process start(String yaml, Map<String, String> environment, String output)
      throws Exception {
    Path jobFile = home.resolve("job.json");
    Json.MAPPER.writeValue(jobFile.toFile(), JobFileReader.read(yaml, "job.yaml", List.of()));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "supervise")
            .redirectOutput(home.resolve(output).toFile())
            .redirectError(home.resolve(output + ".err").toFile());
    Map<String, String> own = builder.environment();
    own.put("NOMAD_ML_JOB_FILE", jobFile.toString());
    own.put("NOMAD_ML_SUBMISSION_ID", "submission-1");
    own.put("NOMAD_ML_RUN_FOLDER", home.resolve("run").toString());
    own.put("NOMAD_ML_MODE", "local");
    own.putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private void awaitOutput(String text) {
    eventually("it prints " + text, () -> read("out").contains(text));
  }

  private String read(String output) {
    try {
      return Files.readString(home.resolve(output));
    } catch (IOException e) {
      return "";
    }
  }

  private Progress last(String output) {
    List<String> lines = read(output).lines().toList();
    return ProgressLine.read(lines.get(lines.size() - 1)).orElseThrow();
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
