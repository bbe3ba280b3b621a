package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.ExitCode;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.FreePort;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each wrong input gets one message, the documented exit code, and leaves nothing behind. */
@TestInstance(Lifecycle.PER_CLASS)
final class BadInputIT {
  private static final String GOOD_ROWS = "a,b,kind\n1,2,0\n2,3,1\n3,4,0\n4,5,1\n5,6,0\n6,7,1\n";

  private final Cluster cluster = Cluster.start("bad-input", 1);

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void aJobFileThatIsNotThere(@TempDir Path folder) {
    assertRefused(
        SubmitJob.alone(folder).call("nowhere.yaml"), ExitCode.USAGE, "nowhere.yaml", "hint:");
  }

  @Test
  void everyProblemOfAJobFileAtOnce(@TempDir Path folder) {
    Path file =
        JobFiles.write(
            folder,
            "wrong.yaml",
            """
            name: wrong
            train:
              data:  {format: csv, path: data.csv, labl: kind}
              model: {type: mlp}
              epochs: 0
            """);
    assertRefused(
        SubmitJob.alone(folder).call(file.toString()),
        ExitCode.USAGE,
        "wrong.yaml:3:",
        "labl",
        "did you mean label?",
        "wrong.yaml:5:",
        "train.epochs");
  }

  @Test
  void somethingThatIsNoYaml(@TempDir Path folder) {
    Path file = JobFiles.write(folder, "torn.yaml", "name: [torn\ntrain:\n");
    assertRefused(SubmitJob.alone(folder).call(file.toString()), ExitCode.USAGE, "torn.yaml:");
  }

  @Test
  void anOverrideOfAFieldThatIsNotThere(@TempDir Path folder) {
    assertRefused(
        SubmitJob.alone(folder).call(JobFiles.DIGITS.toString(), "--set", "train.epoch=3"),
        ExitCode.USAGE,
        "train.epoch",
        "epochs");
  }

  @Test
  void aNomadBlockAgainstTheInvariants(@TempDir Path folder) {
    Path file = JobFiles.command(folder, "mine", "[\"true\"]", "nomad: {ID: mine}");
    assertRefused(SubmitJob.alone(folder).call(file.toString()), ExitCode.USAGE, "ID");
  }

  @Test
  void aDataFileThatIsNotThere(@TempDir Path folder) {
    Path file =
        JobFiles.write(
            folder,
            "absent.yaml",
            """
            name: absent
            train:
              data:  {format: csv, path: absent.csv, label: kind}
              model: {type: mlp}
            """);
    assertRefused(
        SubmitJob.on(cluster, "absent").call(file.toString(), "--detach"),
        ExitCode.USAGE,
        "absent.csv");
    assertThat(cluster.nomad().jobs("absent")).isEmpty();
  }

  @Test
  void anOptionThatIsNotThere(@TempDir Path folder) {
    assertRefused(
        SubmitJob.alone(folder).call(JobFiles.DIGITS.toString(), "--detatch"),
        ExitCode.USAGE,
        "--detatch");
  }

  @Test
  void aFormatOfLogsThatIsNone(@TempDir Path folder) {
    assertRefused(
        SubmitJob.alone(folder).with("NOMAD_ML_LOG", "yaml").call("list", "--local"),
        ExitCode.USAGE,
        "NOMAD_ML_LOG is \"yaml\"",
        "hint: set it to text or json");
  }

  /** Data that a training only finds to be wrong: name, rows, overrides, what is said. */
  static Stream<Arguments> wrongTrainings() {
    return Stream.of(
        Arguments.of("label", GOOD_ROWS, List.of("train.data.label=kin"), List.of("kin", "kind")),
        Arguments.of(
            "cell",
            GOOD_ROWS + "x,8,1\n",
            List.of("train.data.features=[a, b]"),
            List.of("8", "x", "a")),
        Arguments.of("empty", "a,b,kind\n", List.of(), List.of("data.csv")),
        Arguments.of(
            "nan",
            GOOD_ROWS,
            List.of("train.optimizer.type=sgd", "train.optimizer.learning_rate=1e30"),
            List.of("nan")));
  }

  @ParameterizedTest
  @MethodSource("wrongTrainings")
  void aTrainingThatCanNotBeDone(
      String name, String rows, List<String> overrides, List<String> said, @TempDir Path folder) {
    JobFiles.write(folder, "data.csv", rows);
    Path file =
        JobFiles.write(
            folder,
            name + ".yaml",
            """
            name: %s
            train:
              data:  {format: csv, path: data.csv, label: kind}
              model: {type: mlp, hidden: [4]}
              batch_size: 2
            """
                .formatted(name));
    String[] sets =
        overrides.stream().flatMap(one -> Stream.of("--set", one)).toArray(String[]::new);
    SubmitJob.Called failed =
        SubmitJob.alone(folder).call(SubmitJob.joined(List.of(file.toString()), sets));
    assertThat(failed.exitCode())
        .as(failed.toString())
        .isEqualTo(ExitCode.TRAINING_FAILED.number());
    for (String part : said) {
      assertThat(failed.shown()).containsIgnoringCase(part);
    }
    assertThat(failed.shown()).contains("hint:").doesNotContain("\tat nomadml.");
  }

  @ParameterizedTest
  @MethodSource("commandsOfServers")
  void aServerThatIsAway(String variable, List<String> command) {
    int nobody = FreePort.next();
    SubmitJob.Called refused =
        SubmitJob.on(cluster, "away")
            .with(variable, "http://127.0.0.1:" + nobody)
            .call(command.toArray(String[]::new));
    assertThat(refused.exitCode())
        .as(refused.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(refused.shown())
        .as(refused.toString())
        .contains(Integer.toString(nobody), "hint:")
        .doesNotContain("\tat ");
    assertThat(cluster.nomad().jobs("line-fit")).isEmpty();
  }

  static Stream<Arguments> commandsOfServers() {
    List<String> submit = List.of(JobFiles.COMMAND.toString(), "--detach");
    return Stream.of(
        Arguments.of("NOMAD_ADDR", List.of("list")),
        Arguments.of("NOMAD_ADDR", submit),
        Arguments.of("CONSUL_HTTP_ADDR", List.of("services")),
        Arguments.of("MLFLOW_TRACKING_URI", submit),
        Arguments.of("MLFLOW_TRACKING_URI", List.of("doctor", "--fix")));
  }

  @Test
  void aNamespaceThatIsNotThere() {
    SubmitJob submitJob = SubmitJob.on(cluster, "namespace");
    Path file =
        JobFiles.command(
            submitJob.folder(), "elsewhere", "[\"true\"]", "placement: {namespace: elsewhere}");
    SubmitJob.Called refused = submitJob.call(file.toString(), "--detach");
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors()).contains("elsewhere", "namespace", "hint:");
    assertThat(cluster.mlflow().runsIn("elsewhere")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commandsOfAJob")
  void aJobThatIsNotThere(List<String> command) {
    SubmitJob.Called refused = SubmitJob.on(cluster, "no-job").call(command.toArray(String[]::new));
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors())
        .as(refused.toString())
        .contains("no-such-job", "submit-job list")
        .doesNotContain("\tat ");
  }

  static Stream<List<String>> commandsOfAJob() {
    return Stream.of(
        List.of("status", "no-such-job"),
        List.of("logs", "no-such-job"),
        List.of("stop", "no-such-job"),
        List.of("exec", "no-such-job", "--", "true"));
  }

  private static void assertRefused(SubmitJob.Called called, ExitCode exitCode, String... said) {
    assertThat(called.exitCode()).as(called.toString()).isEqualTo(exitCode.number());
    assertThat(called.errors()).as(called.toString()).contains(said).doesNotContain("\tat ");
    assertThat(called.output()).isEmpty();
  }
}
