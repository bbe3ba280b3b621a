package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.FakeNomad.status;
import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NomadClusterTest {
  private static final String JOBS =
      """
      [{"ID": "a-1", "Namespace": "default", "Status": "dead", "Stop": true, "Priority": 50, "CreateIndex": 5,
        "SubmitTime": 1000000001,
        "Meta": {"nomad_ml_submission_id": "s1", "nomad_ml_name": "a", "nomad_ml_experiment": "e", "nomad_ml_run_id": "r"}},
       {"ID": "a-12", "Namespace": "ml", "Status": "pending", "Priority": 60, "CreateIndex": 6,
        "Meta": {"nomad_ml_submission_id": "s2", "nomad_ml_name": "a", "nomad_ml_experiment": "e"}}]
      """;

  private FakeNomad nomad;

  @BeforeEach
  void start() throws IOException {
    nomad = new FakeNomad();
  }

  @AfterEach
  void stop() {
    nomad.close();
  }

  @Test
  void isKnownByTheKeysOfItsServers() {
    nomad.on(
        "GET /.well-known/jwks.json",
        """
        {"keys": [{"use": "sig", "kty": "RSA", "kid": "key-2"}, {"use": "sig", "kty": "RSA", "kid": "key-1"}]}
        """);
    assertThat(nomad.cluster().identities()).containsExactlyInAnyOrder("key-1", "key-2");
  }

  @Test
  void isKnownByNothingWhenItsServersDoNotSay() {
    assertThat(nomad.cluster().identities()).isEmpty();
  }

  @Test
  void tellsASchedulesLaunchesFromItself() {
    String meta =
        "\"Meta\": {\"nomad_ml_submission_id\": \"5b\", \"nomad_ml_name\": \"n\", \"nomad_ml_experiment\": \"e\"}";
    nomad
        .on(
            "GET /v1/jobs",
            """
            [{"ID": "n-1", "Namespace": "default", "Status": "running", "Periodic": true, "CreateIndex": 5, %1$s},
             {"ID": "n-1/periodic-60", "ParentID": "n-1", "Namespace": "default", "Status": "dead", "CreateIndex": 6, %1$s}]
            """
                .formatted(meta))
        .on("GET /v1/evaluations", "[]");
    List<Job> jobs = nomad.cluster().jobs();
    assertThat(jobs).extracting(Job::submissionId).containsExactly("5b-60", "5b");
    assertThat(jobs).extracting(Job::schedule).containsExactly(false, true);
    assertThat(jobs.get(0).isLaunchOf(jobs.get(1))).isTrue();
    assertThat(nomad.cluster().job("n")).map(Job::id).contains("n-1");
    assertThat(nomad.cluster().link(jobs.get(0)).orElseThrow().toString())
        .endsWith("/ui/jobs/n-1%2Fperiodic-60@default");
  }

  @Test
  void seesTheNamespacesThatItsTokenMayEnter() {
    nomad.on("GET /v1/namespaces", "[{\"Name\": \"default\"}, {\"Name\": \"ml\"}]");
    assertThat(nomad.cluster().sees("ml")).isTrue();
    assertThat(nomad.cluster().sees("secret")).isFalse();
    assertThat(nomad.cluster().sees("")).isTrue();
  }

  @Test
  void listsOurJobsTheNewestFirstWithWhatTheyWaitFor() {
    nomad
        .on("GET /v1/jobs", JOBS)
        .on(
            "GET /v1/evaluations",
            """
            [{"JobID": "a-12", "Namespace": "ml",
              "FailedTGAllocs": {"train": {"NodesEvaluated": 2, "DimensionExhausted": {"cpu": 2}}}}]
            """);
    List<Job> jobs = nomad.cluster().jobs();
    assertThat(jobs).extracting(Job::id).containsExactly("a-12", "a-1");
    assertThat(jobs.get(0).waitingFor()).containsExactly("all 2 nodes: cpu exhausted");
    assertThat(jobs.get(0).runId()).isNull();
    assertThat(jobs.get(1).stopped()).isTrue();
    assertThat(jobs.get(1).phase()).isEqualTo(Job.Phase.DEAD);
    assertThat(jobs.get(1).submitted()).hasToString("1970-01-01T00:00:01.000000001Z");
    assertThat(nomad.requests())
        .first()
        .asString()
        .contains("namespace=*", "meta=true", "filter=\"nomad_ml_submission_id\" in Meta");
  }

  @Test
  void exactIdIsMeantEvenWhenAnotherBeginsSo() {
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    assertThat(nomad.cluster().job("a-1")).map(Job::namespace).contains("default");
  }

  @Test
  void refusesTheBeginningOfSeveralIds() {
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    SchedulerFailure failure = failure(() -> nomad.cluster().job("a-"));
    assertThat(failure).hasMessage("a- may mean a-12 in ml, a-1 in default");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void knowsNoOtherJob() {
    nomad.on("GET /v1/jobs", "[]");
    assertThat(nomad.cluster().job("z")).isEqualTo(Optional.empty());
  }

  @Test
  void readsHowATaskEnded() {
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    nomad.on(
        "GET /v1/job/a-1/allocations",
        """
        [{"ID": "x2", "JobID": "a-1", "Namespace": "default", "NodeName": "n", "CreateIndex": 2,
          "ClientStatus": "complete", "DesiredStatus": "evict", "DesiredDescription": "Preempted by alloc ID y",
          "TaskStates": {"train": {"State": "dead", "Events": [
            {"Type": "Started", "Time": 1, "DisplayMessage": "Task started by client"},
            {"Type": "Terminated", "Time": 2, "DisplayMessage": "Exit Code: 137",
             "Details": {"exit_code": "137", "signal": "9", "oom_killed": "true"}}]}}},
         {"ID": "x1", "JobID": "a-1", "Namespace": "default", "CreateIndex": 1, "ClientStatus": "something-new",
          "DesiredStatus": "run", "TaskStates": null}]
        """);
    List<Allocation> allocations =
        nomad.cluster().allocations(nomad.cluster().job("a-1").orElseThrow());
    assertThat(allocations).extracting(Allocation::id).containsExactly("x1", "x2");
    assertThat(allocations.get(0).status()).isEqualTo(Allocation.Status.UNKNOWN);
    assertThat(allocations.get(0).exitCode()).isNull();
    Allocation evicted = allocations.get(1);
    assertThat(evicted.preempted()).isTrue();
    assertThat(evicted.exitCode()).isEqualTo(137);
    assertThat(evicted.signal()).isEqualTo(9);
    assertThat(evicted.events().get(1).oomKilled()).isTrue();
  }

  @Test
  void linksToTheJobsPage() {
    assertThat(nomad.cluster().link("a-1"))
        .contains(nomad.settings().address().resolve("/ui/jobs/a-1@default"));
  }

  @Test
  void linksToAJobInItsOwnNamespace() {
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    assertThat(nomad.cluster().link(nomad.cluster().job("a-12").orElseThrow()))
        .contains(nomad.settings().address().resolve("/ui/jobs/a-12@ml"));
  }

  @Test
  void watchAnswersAtOnceAtFirst() {
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    nomad.on("GET /v1/job/a-1", "{}").on("GET /v1/job/a-1/allocations", "[]");
    Job job = nomad.cluster().job("a-1").orElseThrow();
    assertThat(nomad.cluster().watch(job, 0, Duration.ofMinutes(1))).isEqualTo(7);
  }

  @Test
  void watchAnswersWhenEitherTheJobOrAnAllocationChanges() {
    CountDownLatch over = new CountDownLatch(1);
    nomad.on("GET /v1/jobs", JOBS).on("GET /v1/evaluations", "[]");
    nomad
        .on(
            "GET /v1/job/a-1",
            exchange -> {
              try {
                over.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            })
        .on("GET /v1/job/a-1/allocations", "[]");
    Job job = nomad.cluster().job("a-1").orElseThrow();
    assertThat(nomad.cluster().watch(job, 6, Duration.ofMinutes(1))).isEqualTo(7);
    assertThat(nomad.requests()).anyMatch(request -> request.contains("wait=60000ms"));
    over.countDown();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "403 | Permission denied | SERVER_UNREACHABLE | denied to plan the job | NOMAD_TOKEN",
        "500 | 1 error occurred: * job \"x\" is in nonexistent namespace \"n\" | SERVER_UNREACHABLE | nonexistent namespace | nomad namespace list",
        "500 | 1 error occurred: * job \"x\" is in nonexistent node pool \"p\" | SERVER_UNREACHABLE | nonexistent node pool | nomad node pool list",
        "500 | 2 errors occurred: * a * b | USAGE | could not plan the job | submit-job render",
        "404 | No path to node | SERVER_UNREACHABLE | no Nomad server has a connection from its node | nomad node status",
        "500 | No cluster leader | SERVER_UNREACHABLE | No cluster leader | nomad server members",
      })
  void explainsARefusal(int status, String answer, ExitCode exit, String message, String hint) {
    nomad.on("GET /v1/nodes", "[]").on("PUT /v1/job/digits-0a1b2c3d/plan", status(status, answer));
    SchedulerFailure failure = failure(() -> nomad.cluster().plan(request(file(TRAIN))));
    assertThat(failure)
        .hasMessageStartingWith("Nomad at http://127.0.0.1:")
        .hasMessageContaining(message);
    assertThat(failure.exitCode()).isEqualTo(exit);
    assertThat(failure.hint()).contains(hint);
  }

  @Test
  void namesTheAddressNothingListensAt() throws IOException {
    int port;
    try (ServerSocket closedAgain = new ServerSocket(0)) {
      port = closedAgain.getLocalPort();
    }
    NomadCluster nowhere =
        NomadCluster.connect(NomadSettings.of(URI.create("http://127.0.0.1:" + port)));
    SchedulerFailure failure = failure(nowhere::jobs);
    assertThat(failure)
        .hasMessage(
            "Nomad at http://127.0.0.1:" + port + " can't be reached: nothing listens there");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE);
    assertThat(failure.hint()).contains("NOMAD_ADDR");
  }

  private static SchedulerFailure failure(ThrowingCallable call) {
    return catchThrowableOfType(SchedulerFailure.class, call);
  }
}
