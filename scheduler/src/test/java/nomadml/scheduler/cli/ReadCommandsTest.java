package nomadml.scheduler.cli;

import static nomadml.scheduler.Jobs.ID;
import static nomadml.scheduler.Jobs.START;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.PENDING;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Node;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.scheduler.submit.ServiceDirectory.Service;
import nomadml.spec.Json;
import nomadml.spec.Names;
import org.junit.jupiter.api.Test;

final class ReadCommandsTest {
  private static final String EPOCH =
      "{\"nomad_ml\":\"epoch\",\"timestamp\":99999,\"epoch\":2,\"epochs\":20,\"metrics\":"
          + "{\"train_loss\":0.51234,\"samples_per_second\":12345.6}}";

  private final Screen screen = new Screen();

  @Test
  void statusShowsWhatWaitsAndRuns() {
    screen.cluster.put(job("waits-1", PENDING, false, "3 nodes: cpu exhausted"));
    screen.cluster.put(job("runs-2", RUNNING, false));
    screen.cluster.put(job("over-3", DEAD, false));

    assertThat(screen.type("status")).isZero();
    assertThat(screen.out)
        .isEqualTo(
            """
            JOB      STATE    EXPERIMENT  PRIORITY  SUBMITTED  WAITS FOR
            waits-1  waiting  digits      50        5m ago     3 nodes: cpu exhausted
            runs-2   running  digits      50        5m ago
            """);
  }

  @Test
  void statusOfNothingSaysWhereToLook() {
    assertThat(screen.type("status")).isZero();
    assertThat(screen.out).isEmpty();
    assertThat(screen.err)
        .contains("nothing waits or runs on a cluster in memory", "hint:", "submit-job list");
  }

  @Test
  void statusOfOneJobTellsAllThereIsToKnow() {
    screen.cluster.put(job(RUNNING));
    screen.cluster.put(running(1));
    screen.tracker.put(run("RUNNING", Map.of(Names.TAG_ATTEMPT, "2", Names.TAG_DEVICE, "cpu")));

    assertThat(screen.type("status", "digits")).isZero();
    assertThat(screen.out)
        .startsWith(ID + "  running\n")
        .contains("node-1 (allocation 10000000-aaaa")
        .containsPattern("attempt +2\n")
        .contains("validation accuracy 97.1 %")
        .contains("http://cluster.test/jobs/" + ID)
        .contains("http://tracker.test/runs/run-of-" + ID)
        .contains("http://grafana.test/d/training?run=run-of-" + ID)
        .contains("4m ago     Started");
  }

  @Test
  void aScheduleIsShownWithWhatItStarted() {
    screen.cluster.put(Jobs.schedule(false));
    assertThat(screen.type("logs", "nightly-1")).isZero();
    assertThat(screen.err).contains("nightly-1 has started nothing yet", "hint: ");
    screen.cluster.put(Jobs.launch(120, RUNNING, false));
    screen.cluster.put(Jobs.launch(60, DEAD, true));

    assertThat(screen.type("status", "nightly-1")).isZero();
    assertThat(screen.out)
        .startsWith("nightly-1  scheduled\n")
        .containsPattern("run +nightly-1/periodic-120 {2}running, 5m ago")
        .containsPattern("run +nightly-1/periodic-60 {2}stopped, 5m ago");
    assertThat(screen.type("list")).isZero();
    assertThat(screen.out).containsPattern("nightly-1 +scheduled +digits");
    assertThat(screen.type("logs", "nightly-1")).isZero();
    assertThat(screen.err).contains("nightly-1/periodic-120 has not been placed yet");
  }

  @Test
  void statusStandsWithoutMlflow() {
    screen.cluster.put(job(RUNNING));
    screen.tracker.unreachable(true);

    assertThat(screen.type("status", ID)).isZero();
    assertThat(screen.out).startsWith(ID);
    assertThat(screen.err).contains("without results: a tracker in memory does not answer");
  }

  @Test
  void listTellsWhatBecameOfEachJob() {
    screen.cluster.put(job(DEAD));
    screen.cluster.put(job("other-9", DEAD, true));
    screen.tracker.put(run("FAILED", Map.of(Names.TAG_CAUSE, "nan_loss")));

    assertThat(screen.type("list")).isZero();
    assertThat(screen.out)
        .containsPattern(ID + " +failed: nan_loss +digits +5m ago +validation accuracy 97.1 %")
        .containsPattern("other-9 +stopped");
  }

  @Test
  void listTellsWhichJobsTheDoctorResumes() {
    screen.cluster.put(job(DEAD));
    screen.cluster.put(drained(1));
    screen.tracker.put(run("SCHEDULED", Map.of()));

    assertThat(screen.type("list")).isZero();
    assertThat(screen.out).containsPattern(ID + " +resumable: drained");
  }

  @Test
  void withoutARunListAsksTheClusterAndTheTask() {
    screen.cluster.onThisMachine();
    screen.cluster.put(job(DEAD));
    screen.cluster.put(exited(1, 1));
    screen.cluster.write(
        exited(1, 1).id(),
        Cluster.Stream.STDOUT,
        "{\"nomad_ml\":\"failed\",\"timestamp\":1,\"cause\":\"nan_loss\","
            + "\"metrics\":{\"train_loss\":9.5}}\n");

    assertThat(screen.type("list")).isZero();
    assertThat(screen.out).containsPattern(ID + " +failed: nan_loss +digits +5m ago +loss 9.500");
    assertThat(screen.type("status", ID)).isZero();
    assertThat(screen.out).startsWith(ID + "  failed: nan_loss\n").contains("loss 9.500");
  }

  @Test
  void listSaysHowManyItLeftOut() {
    for (int i = 0; i < 25; i++) {
      screen.cluster.put(job("job-" + i, RUNNING, false));
    }
    screen.type("list");
    assertThat(screen.out.lines()).hasSize(21);
    assertThat(screen.err).contains("5 older ones: submit-job list --limit 0");
    screen.type("list", "--limit", "0");
    assertThat(screen.out.lines()).hasSize(26);
  }

  @Test
  void everyReadSpeaksJson() throws IOException {
    screen.cluster.put(job(RUNNING));
    screen.cluster.put(running(1));
    screen.tracker.put(run("RUNNING", Map.of()));
    screen.cluster.put(node());
    screen.services = List.of(service("passing"));

    assertThat(json("list").at("/0/job/id").asText()).isEqualTo(ID);
    assertThat(json("list").at("/0/metrics/validation_accuracy").asDouble()).isEqualTo(0.971);
    assertThat(json("status").at("/0/state").asText()).isEqualTo("running");
    assertThat(json("status", ID).at("/allocations/0/created").asText())
        .isEqualTo(START.plusSeconds(1).toString());
    assertThat(json("status", ID).at("/links/job").asText()).contains(ID);
    assertThat(json("nodes").at("/0/gpus/0/free").asInt()).isEqualTo(1);
    assertThat(json("services").at("/0/status").asText()).isEqualTo("passing");
  }

  @Test
  void logsShowOutputAndProgressInWords() {
    screen.cluster.put(job(DEAD));
    screen.cluster.put(exited(1, 0));
    screen.cluster.write(exited(1, 0).id(), Cluster.Stream.STDOUT, "hello\n" + EPOCH + "\nbye");
    screen.cluster.write(exited(1, 0).id(), Cluster.Stream.STDERR, "warned\n");

    assertThat(screen.type("logs", ID)).isZero();
    assertThat(screen.out).isEqualTo("hello\nepoch  2/20  loss 0.5123  12,346 samples/s\nbye\n");
    screen.type("logs", "-f", ID);
    assertThat(screen.out).isEqualTo("hello\nepoch  2/20  loss 0.5123  12,346 samples/s\nbye\n");
    screen.type("logs", "--raw", ID);
    assertThat(screen.out).isEqualTo("hello\n" + EPOCH + "\nbye\n");
    screen.type("logs", "-o", "json", ID);
    assertThat(screen.out).isEqualTo(EPOCH + "\n");
    screen.type("logs", "--stderr", ID);
    assertThat(screen.out).isEqualTo("warned\n");
  }

  @Test
  void logsOfAJobThatWaitsSayHowToWaitForIt() {
    screen.cluster.put(job(PENDING));
    assertThat(screen.type("logs", ID)).isZero();
    assertThat(screen.err).contains("has not been placed yet", "submit-job logs -f " + ID);
  }

  @Test
  void logsOfAJobTheClusterHasForgottenAreThoseItsRunKeeps() {
    Run older = run("FINISHED", Map.of(Names.TAG_JOB, ID));
    screen.tracker.put(older);
    screen.tracker.keep(older, "log.1.txt", "hello\n");
    screen.tracker.keep(older, "log.txt", EPOCH + "\nbye\n");

    assertThat(screen.type("logs", ID)).isZero();
    assertThat(screen.out).isEqualTo("hello\nepoch  2/20  loss 0.5123  12,346 samples/s\nbye\n");
    assertThat(screen.err).contains("forgotten " + ID);
    screen.cluster.put(job(DEAD));
    screen.type("logs", "--raw", ID);
    assertThat(screen.out).isEqualTo("hello\n" + EPOCH + "\nbye\n");
    screen.cluster.put(job(PENDING));
    screen.type("logs", ID);
    assertThat(screen.err).contains("has not been placed yet");
    assertThat(screen.out).isEmpty();
  }

  @Test
  void nodesShowWhatIsFree() {
    screen.cluster.put(node());
    assertThat(screen.type("nodes")).isZero();
    assertThat(screen.out)
        .isEqualTo(
            """
            NODE    STATUS  POOL     FREE MHZ   FREE MIB    FREE GPUS  DRIVERS      TRAINER
            node-1  ready   default  3000/4000  6000/16000  1/2 H200   docker,exec  0.1.0
            """);
  }

  @Test
  void servicesShowWhyACheckFails() {
    screen.services = List.of(service("passing"), service("critical"));
    assertThat(screen.type("services")).isZero();
    assertThat(screen.out)
        .contains("mlflow   passing   http://10.0.0.1:5000  node-1\n")
        .contains("mlflow   critical  http://10.0.0.1:5000  node-1  connection refused\n");
  }

  @Test
  void withoutConsulServicesSaysHowToNameIt() {
    assertThat(screen.type("services")).isZero();
    assertThat(screen.err).contains("no Consul", "CONSUL_HTTP_ADDR");
  }

  @Test
  void anUnreachableClusterExitsWith5() {
    screen.cluster.unreachable(true);
    for (String command : List.of("status", "list", "nodes")) {
      assertThat(screen.type(command)).as(command).isEqualTo(5);
      assertThat(screen.err).contains("a cluster in memory does not answer");
    }
  }

  @Test
  void anUnknownJobExitsWith2() {
    for (String command : List.of("status", "logs", "stop")) {
      assertThat(screen.type(command, "nowhere")).as(command).isEqualTo(2);
      assertThat(screen.err).contains("'nowhere'", "hint:", "submit-job list");
    }
  }

  private JsonNode json(String... arguments) throws IOException {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "-o";
    all[arguments.length + 1] = "json";
    assertThat(screen.type(all)).isZero();
    return Json.MAPPER.readTree(screen.out);
  }

  private static Run run(String status, Map<String, String> tags) {
    Map<String, String> all = new HashMap<>(tags);
    all.put(Names.TAG_SUBMISSION, "submission-of-" + ID);
    return new Run(
        "run-of-" + ID,
        "1",
        "digits",
        status,
        all,
        Map.of("validation_accuracy", 0.971),
        START,
        START.plusSeconds(60));
  }

  private static Node node() {
    return new Node(
        "id",
        "node-1",
        "ready",
        "default",
        "dc1",
        4000,
        3000,
        16000,
        6000,
        List.of(new Node.Gpu("H200", 141_000, 2, 1)),
        List.of("docker", "exec"),
        List.of("0.1.0"));
  }

  private static Service service(String status) {
    return new Service(
        "mlflow", URI.create("http://10.0.0.1:5000"), "node-1", status, "connection refused");
  }
}
