package nomadml.scheduler.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SubmissionTest {
  @TempDir Path folder;

  private final InMemoryCluster cluster = new InMemoryCluster();
  private final InMemoryRunTracker tracker = new InMemoryRunTracker();
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void writeInputs() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.writeString(folder.resolve("data/b.csv"), "b");
    Files.writeString(folder.resolve("data/a.csv"), "a");
  }

  @Test
  void leavesWhatLiesElsewhereToTheNode() throws JobFileException {
    assertThat(submit(training("https://host/a.csv", "")).request().inputs()).isEmpty();
  }

  @Test
  void refusesDataThatIsNotWhatThePinSays() throws JobFileException {
    String right = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    assertThat(submit(training("data/a.csv", right)).request().inputs()).hasSize(1);
    assertThatThrownBy(() -> submit(training("data/b.csv", right)))
        .isInstanceOf(SchedulerFailure.class)
        .hasMessageContaining("data/b.csv is not what train.data.sha256 pins");
  }

  private static JobFile training(String path, String sha256) throws JobFileException {
    return JobFileReader.read(
        """
        name: fit
        train:
          data: {format: csv, label: y, path: "%s", sha256: %s}
          model: {type: mlp}
        """
            .formatted(path, sha256),
        "job.yaml",
        List.of());
  }

  @Test
  void tagsTheRunWithItsCluster() throws JobFileException {
    cluster.known("key-2", "key-1");
    assertThat(submit(job()).request().cluster()).isEqualTo("key-1,key-2");
    assertThat(tracker.runs().get(0).tags()).containsEntry(Names.TAG_CLUSTER, "key-1,key-2");
  }

  @Test
  void registersOneJobWithOneRunAndItsInputs() throws JobFileException {
    Submitted submitted = submit(job());

    JobRequest request = submitted.request();
    assertThat(request.jobId()).isEqualTo("fit-" + request.submissionId().substring(0, 8));
    assertThat(request.runId()).isEqualTo("run-1");
    assertThat(request.runLink()).isEqualTo(URI.create("http://tracker.test/runs/run-1"));
    assertThat(request.dashboardLink()).isEqualTo(URI.create("http://grafana.test/run-1"));
    assertThat(request.inputs())
        .extracting(input -> input.path() + " " + input.source() + " " + input.bytes())
        .containsExactly("data/a.csv inputs/data/a.csv 1", "data/b.csv inputs/data/b.csv 1");
    assertThat(request.inputs().get(0).sha256())
        .isEqualTo("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    assertThat(cluster.registered()).containsExactly(request);
    assertThat(tracker.artifacts())
        .containsOnlyKeys("run-1/inputs/data/a.csv", "run-1/inputs/data/b.csv");
    assertThat(tracker.runs().get(0).tags())
        .containsEntry(Names.TAG_SUBMISSION, request.submissionId())
        .containsEntry(Names.TAG_JOB, request.jobId())
        .containsEntry("mlflow.user", System.getProperty("user.name"))
        .containsEntry("mlflow.source.name", "fit.yaml")
        .containsEntry("mlflow.source.type", "JOB");
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void killedAfterAnyStepAndSubmittedAgainItMakesOneJobAndOneRun(Step step)
      throws JobFileException {
    assertThatThrownBy(
            () -> submission(killedAfter(step)).submit(job(), folder.resolve("fit.yaml"), null))
        .isInstanceOf(Killed.class);

    Submitted submitted = submit(job());

    assertThat(submitted.continued()).isTrue();
    assertThat(cluster.registered()).hasSize(1);
    assertThat(tracker.runs()).hasSize(1);
    assertThat(cluster.registered().get(0).runId()).isEqualTo("run-1");
    assertThat(submitted.request().submissionId())
        .isEqualTo(cluster.registered().get(0).submissionId());
  }

  @Test
  void submittedAgainAfterItWasRegisteredItIsANewJob() throws JobFileException {
    Submitted first = submit(job());
    Submitted second = submit(job());

    assertThat(second.continued()).isFalse();
    assertThat(second.request().jobId()).isNotEqualTo(first.request().jobId());
    assertThat(tracker.runs()).hasSize(2);
  }

  @Test
  void doesNotGoOnWithASubmissionOfOtherContent() throws JobFileException, IOException {
    assertThatThrownBy(
            () -> submission(killedAfter(Step.RUN)).submit(job(), folder.resolve("fit.yaml"), null))
        .isInstanceOf(Killed.class);
    Files.writeString(folder.resolve("data/a.csv"), "changed");

    assertThat(submit(job()).continued()).isFalse();
    assertThat(tracker.runs()).hasSize(2);
  }

  @Test
  void leavesASubmissionAloneThatALivingProcessWorksOn() throws JobFileException {
    List<Submitted> inner = new ArrayList<>();
    JobFile job = job();
    submission(
            step -> {
              if (step == Step.JOURNAL && inner.isEmpty()) {
                inner.add(submission(ignored -> {}).submit(job, folder.resolve("fit.yaml"), null));
              }
            })
        .submit(job, folder.resolve("fit.yaml"), null);

    assertThat(inner.get(0).continued()).isFalse();
    assertThat(cluster.registered()).hasSize(2);
  }

  @Test
  void refusesWhatCanNeverBePlacedBeforeAnythingIsWritten() {
    cluster.forecast(
        new Forecast(
            Forecast.Verdict.NEVER,
            null,
            List.of("3 of 3 nodes have no device nvidia/gpu"),
            List.of(),
            List.of("hint: take resources.gpu out")));

    assertThatThrownBy(() -> submit(job()))
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.NEVER_PLACED);
              assertThat(failure).hasMessageContaining("3 of 3 nodes have no device nvidia/gpu");
              assertThat(failure.hint()).isEqualTo("take resources.gpu out");
            });
    assertThat(tracker.runs()).isEmpty();
    assertThat(folder.resolve("journal")).isEmptyDirectory();
  }

  @Test
  void withoutTrackerAJobWithFilesIsRefused() {
    tracker.unreachable(true);

    assertThatThrownBy(() -> submit(job()))
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE));
    assertThat(cluster.registered()).isEmpty();
  }

  @Test
  void withoutTrackerAJobWithoutFilesLeavesTheRunToTheSupervisor() throws JobFileException {
    tracker.unreachable(true);

    Submitted submitted = submit(read("name: fit\ncommand: [\"true\"]\n"));

    assertThat(submitted.request().runId()).isNull();
    assertThat(notes).singleElement().asString().contains("a tracker in memory does not answer");
  }

  @Test
  void aTrackerThatDeniesWhoAsksIsNotGoneOnWithout() {
    tracker.refuses(new DeniedFailure("MLflow denies", "set MLFLOW_TRACKING_PASSWORD", null));
    assertThatThrownBy(() -> submit(read("name: fit\ncommand: [\"true\"]\n")))
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE));
    assertThat(cluster.registered()).isEmpty();
  }

  @Test
  void anExperimentThatWasDeletedIsNotGoneOnWithout() {
    tracker.refuses(new SchedulerFailure(ExitCode.USAGE, "the experiment was deleted", null));
    assertThatThrownBy(() -> submit(read("name: fit\ncommand: [\"true\"]\n")))
        .hasMessageContaining("deleted");
    assertThat(cluster.registered()).isEmpty();
    assertThat(notes).isEmpty();
  }

  @Test
  void onThisMachineFilesStayWhereTheyLie() throws JobFileException {
    cluster.onThisMachine();

    Submitted submitted = submit(job());

    assertThat(tracker.artifacts()).isEmpty();
    assertThat(submitted.request().inputs().get(0).source())
        .isEqualTo(folder.resolve("data/a.csv").toString());
  }

  @Test
  void anIdThatExistsIsRefused() throws JobFileException {
    submission(step -> {}).submit(job(), folder.resolve("fit.yaml"), "mine");

    assertThatThrownBy(
            () -> submission(step -> {}).submit(job(), folder.resolve("fit.yaml"), "mine"))
        .hasMessage("there is a job mine");
    assertThat(cluster.registered()).hasSize(1);
  }

  @Test
  void aTornJournalFileIsNoSubmission() throws JobFileException, IOException {
    assertThatThrownBy(
            () ->
                submission(killedAfter(Step.JOURNAL))
                    .submit(job(), folder.resolve("fit.yaml"), null))
        .isInstanceOf(Killed.class);
    try (var files = Files.list(folder.resolve("journal"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        Files.writeString(file, "{\"submission_id\":");
      }
    }

    assertThat(submit(job()).continued()).isFalse();
  }

  @Test
  void aScheduleKeepsItsFilesOnceAndHasNoRunOfItsOwn() throws JobFileException {
    JobRequest request = submit(nightly()).request();
    RunTracker.Run keeper = tracker.runs().get(0);
    assertThat(tracker.runs()).hasSize(1);
    assertThat(keeper.name()).isEqualTo("fit (inputs)");
    assertThat(keeper.status()).isEqualTo("FINISHED");
    assertThat(keeper.tags())
        .containsEntry(Names.TAG_SCHEDULE, request.jobId())
        .doesNotContainKeys(Names.TAG_JOB, Names.TAG_NOTIFY, Names.TAG_NOTIFY_OPEN);
    assertThat(request.runId()).isNull();
    assertThat(request.inputs())
        .extracting(Input::source)
        .containsExactly(
            "runs:/" + keeper.id() + "/inputs/data/a.csv",
            "runs:/" + keeper.id() + "/inputs/data/b.csv");
    assertThat(tracker.artifacts()).containsKey(keeper.id() + "/inputs/data/a.csv");
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void aScheduleThatWasKilledAfterAStepIsOneAllTheSame(Step step) throws JobFileException {
    assertThatThrownBy(
            () -> submission(killedAfter(step)).submit(nightly(), folder.resolve("fit.yaml"), null))
        .isInstanceOf(Killed.class);
    assertThat(submit(nightly()).continued()).isTrue();
    assertThat(cluster.registered()).hasSize(1);
    assertThat(tracker.runs()).singleElement().extracting("status").isEqualTo("FINISHED");
  }

  @Test
  void aScheduleWithoutFilesNeedsNoTracker() throws JobFileException {
    tracker.unreachable(true);
    submit(read("name: fit\ncommand: [\"true\"]\nschedule: '@daily'\n"));
    assertThat(cluster.registered()).hasSize(1);
    assertThat(notes).isEmpty();
  }

  @Test
  void aScheduleIsRefusedWhereNothingKeepsIt() {
    cluster.onThisMachine();
    assertThatThrownBy(() -> submit(nightly()))
        .isInstanceOf(SchedulerFailure.class)
        .hasMessageContaining("fit has a schedule, and ");
    assertThat(cluster.registered()).isEmpty();
  }

  private JobFile nightly() throws JobFileException {
    return read(
        "name: fit\ncommand: [\"true\"]\ninputs: [data]\nschedule: '0 3 * * *'\nnotify: [{to: team}]\n");
  }

  private Submitted submit(JobFile job) {
    return submission(step -> {}).submit(job, folder.resolve("fit.yaml"), null);
  }

  private Submission submission(Consumer<Step> done) {
    return new Submission(
        cluster,
        Optional.of(tracker),
        new Journal(folder.resolve("journal")),
        run -> Optional.of(URI.create("http://grafana.test/" + run)),
        notes::add,
        done);
  }

  private JobFile job() throws JobFileException {
    return read("name: fit\ncommand: [\"true\"]\ninputs: [data]\n");
  }

  private static JobFile read(String text) throws JobFileException {
    return JobFileReader.read(text, "job.yaml", List.of());
  }

  private static Consumer<Step> killedAfter(@Nullable Step last) {
    return step -> {
      if (step == last) {
        throw new Killed();
      }
    };
  }

  /** What a kill is to a test: nothing after it runs, but for the locks the system frees. */
  private static final class Killed extends RuntimeException {}
}
