package nomadml.scheduler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster.Stream;
import nomadml.scheduler.submit.Forecast;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.JobRequest;
import nomadml.scheduler.submit.Origin;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, with a shell script in the trainer's place. */
@Timeout(60)
class LocalClusterTest {
  private static final String FINISHED = "echo '{\"nomad_ml\":\"finished\",\"timestamp\":1}'\n";
  private static final String WAITS =
      """
      trap 'echo "{\\"nomad_ml\\":\\"stopped\\",\\"timestamp\\":1}"; exit 143' TERM
      echo ready
      while true; do sleep 0.1; done
      """;

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>(System.getenv());
  private LocalCluster cluster;

  @BeforeEach
  void build() {
    environment.put("NOMAD_ML_TRAINER_HOME", folder.resolve("trainer").toString());
    cluster =
        new LocalCluster(
            folder.resolve("runs"),
            environment,
            () -> Trainer.find(environment),
            "1",
            Clock.systemUTC());
  }

  @AfterEach
  void stopWhatRuns() {
    cluster.jobs().stream()
        .map(job -> new RunProcess(folder.resolve("runs").resolve(job.id()).resolve("process")))
        .flatMap(process -> process.running().stream())
        .forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void aJobRunsToItsEndAndItsOutputIsReadMeanwhile() throws Exception {
    trainer("echo \"$NOMAD_ML_MODE $NOMAD_ML_SUBMISSION_ID $COLOUR\"\n" + FINISHED);

    assertThat(cluster.register(request("a", "5ubm15510n", "env: {COLOUR: blue}"))).isTrue();

    Job job = cluster.job("a").orElseThrow();
    String output = read(cluster.logs(allocation(job), Stream.STDOUT, 0, true));
    assertThat(output).startsWith("local 5ubm15510n blue\n").contains("\"finished\"");
    untilItEnds(job);
    assertThat(allocation(job).status()).isEqualTo(Allocation.Status.COMPLETE);
    assertThat(allocation(job).exitCode()).isZero();
    assertThat(cluster.job("a").orElseThrow().phase()).isEqualTo(Job.Phase.DEAD);
  }

  @Test
  void theSameSubmissionIsStartedOnce() throws Exception {
    trainer("echo once\n" + FINISHED);

    assertThat(cluster.register(request("a", "one", ""))).isTrue();
    assertThat(cluster.register(request("a", "one", ""))).isFalse();

    untilItEnds(cluster.job("a").orElseThrow());
    assertThat(folder.resolve("runs/a/stdout")).content().containsOnlyOnce("once");
  }

  @Test
  void anIdOfAnotherSubmissionIsRefused() throws Exception {
    trainer(FINISHED);
    cluster.register(request("a", "one", ""));

    assertThatThrownBy(() -> cluster.register(request("a", "two", "")))
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  @Test
  void aStoppedJobGetsSigtermAndResumesWhereItWas() throws Exception {
    trainer(WAITS);
    cluster.register(request("a", "one", ""));
    Job job = cluster.job("a").orElseThrow();
    awaitOutput(job, "ready");

    cluster.stop(job);
    untilItEnds(job);

    assertThat(cluster.job("a").orElseThrow().stopped()).isTrue();
    assertThat(allocation(job).exitCode()).isEqualTo(143);
    assertThat(allocation(job).desired()).isEqualTo("stop");

    trainer(FINISHED);
    cluster.resume(job);
    untilItEnds(job);
    assertThat(cluster.job("a").orElseThrow().stopped()).isFalse();
    assertThat(allocation(job).exitCode()).isZero();
  }

  @Test
  void aKilledSupervisorIsAFailureThatSaysWhereToLook() throws Exception {
    trainer("kill -9 $$\n");
    cluster.register(request("a", "one", ""));

    Job job = cluster.job("a").orElseThrow();
    untilItEnds(job);

    assertThat(allocation(job).status()).isEqualTo(Allocation.Status.FAILED);
    assertThat(allocation(job).exitCode()).isNull();
    assertThat(allocation(job).events().get(0).message()).contains("without a verdict", "stderr");
  }

  @Test
  void aProcessIdThatWasTakenByAnotherProcessIsNotOurs() throws Exception {
    trainer(FINISHED);
    cluster.register(request("a", "one", ""));
    untilItEnds(cluster.job("a").orElseThrow());
    Path id = folder.resolve("runs/a/process");
    Files.writeString(id, Long.toString(ProcessHandle.current().pid()));
    Files.setLastModifiedTime(id, FileTime.fromMillis(1));

    assertThat(cluster.job("a").orElseThrow().phase()).isEqualTo(Job.Phase.DEAD);
  }

  @Test
  void foretellsWhatThisMachineCanNotDo() throws Exception {
    trainer(FINISHED);
    environment.put("PATH", "/nowhere");

    Forecast forecast =
        cluster.plan(
            request(
                "a", "one", "image: python\nsecrets: {KEY: a#b}\nresources: {gpu: {count: 1}}"));

    assertThat(forecast.verdict()).isEqualTo(Forecast.Verdict.NEVER);
    assertThat(forecast.reasons())
        .containsExactly(
            "this machine: an image needs a Nomad cluster with Docker",
            "this machine: the secret KEY is not in the environment",
            "this machine: it has no GPU");
    assertThat(forecast.hint()).isPresent();
  }

  @Test
  void aGpuThatIsNotRequiredIsDoneWithout() throws Exception {
    trainer(FINISHED);
    environment.put("PATH", "/nowhere");

    Forecast forecast =
        cluster.plan(request("a", "one", "resources: {gpu: {count: 1, required: false}}"));

    assertThat(forecast.verdict()).isEqualTo(Forecast.Verdict.NOW);
    assertThat(forecast.notes()).containsExactly("no GPU here: trains on the CPU");
  }

  @Test
  void aMissingTrainerIsRefusedBeforeAnythingStarts() {
    assertThatThrownBy(() -> cluster.plan(request("a", "one", "")))
        .isInstanceOf(SchedulerFailure.class)
        .hasMessageContaining("there is no trainer in");
  }

  @Test
  void execRunsACommandInTheRunsFolder() throws Exception {
    trainer(FINISHED);
    cluster.register(request("a", "one", ""));
    Job job = cluster.job("a").orElseThrow();
    ByteArrayOutputStream output = new ByteArrayOutputStream();

    int exitCode =
        cluster.exec(
            allocation(job),
            List.of("sh", "-c", "cat; ls submission.json; exit 3"),
            InputStream.nullInputStream(),
            output,
            output);

    assertThat(exitCode).isEqualTo(3);
    assertThat(output.toString(StandardCharsets.UTF_8)).isEqualTo("submission.json\n");
  }

  private void trainer(String script) throws IOException {
    Path program = folder.resolve("trainer/bin/trainer");
    Files.createDirectories(program.getParent());
    Files.deleteIfExists(program);
    Files.writeString(program, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static JobRequest request(String id, String submission, String more)
      throws JobFileException {
    String text = "name: fit\ncommand: [\"true\"]\n" + more;
    return new JobRequest(
        JobFileReader.read(text, "job.yaml", List.of()),
        id,
        submission,
        null,
        null,
        null,
        List.of(),
        new Origin("", "", ""),
        null);
  }

  private Allocation allocation(Job job) {
    return cluster.allocations(job).get(0);
  }

  private void untilItEnds(Job job) {
    long seen = 0;
    while (cluster.job(job.id()).orElseThrow().phase() != Job.Phase.DEAD) {
      seen = cluster.watch(job, seen, Duration.ofSeconds(10));
    }
  }

  private void awaitOutput(Job job, String text) throws IOException {
    try (InputStream output = cluster.logs(allocation(job), Stream.STDOUT, 0, true)) {
      StringBuilder read = new StringBuilder();
      for (int next = output.read(); next >= 0; next = output.read()) {
        read.append((char) next);
        if (read.indexOf(text) >= 0) {
          return;
        }
      }
    }
    throw new AssertionError("the task ended without saying " + text);
  }

  private static String read(InputStream stream) throws IOException {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
