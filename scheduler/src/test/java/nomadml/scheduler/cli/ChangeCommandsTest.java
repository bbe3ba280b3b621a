package nomadml.scheduler.cli;

import static nomadml.scheduler.Jobs.ID;
import static nomadml.scheduler.Jobs.START;
import static nomadml.scheduler.Jobs.drained;
import static nomadml.scheduler.Jobs.exited;
import static nomadml.scheduler.Jobs.job;
import static nomadml.scheduler.Jobs.running;
import static nomadml.scheduler.Jobs.stopped;
import static nomadml.scheduler.submit.Job.Phase.DEAD;
import static nomadml.scheduler.submit.Job.Phase.PENDING;
import static nomadml.scheduler.submit.Job.Phase.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.Jobs;
import nomadml.scheduler.submit.Node;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.scheduler.submit.ServiceDirectory.Service;
import nomadml.spec.Json;
import nomadml.spec.Names;
import nomadml.spec.log.LogLine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ChangeCommandsTest {
  private static final Map<String, String> OURS =
      Map.of(Names.TAG_SUBMISSION, "submission-of-" + ID, Names.TAG_NAMESPACE, "default");

  private final Screen screen = new Screen();

  @BeforeEach
  void aHealthyPlatform() {
    screen.services = List.of();
    screen.cluster.put(node("ready", Version.number()));
    screen.tracker.put(new Run("run-1", "1", "digits", "RUNNING", OURS, Map.of(), START, START));
  }

  @Test
  void stopEndsTheJobAndItsRun() {
    screen.cluster.put(job(PENDING));

    assertThat(screen.type("stop", ID)).isZero();

    assertThat(screen.out).isEqualTo(ID + " is stopped\n");
    assertThat(screen.tracker.run("run-1").orElseThrow().status()).isEqualTo("KILLED");
  }

  @Test
  void stopLeavesTheRunToTheDoctorWhenMlflowIsAway() {
    screen.cluster.put(job(PENDING));
    screen.tracker.unreachable(true);

    assertThat(screen.type("stop", ID)).isZero();

    assertThat(screen.out).isEqualTo(ID + " is stopped\n");
    assertThat(screen.err).contains("its run is not ended yet", "submit-job doctor --fix");
  }

  @Test
  void stopOfAScheduleLeavesWhatItStarted() {
    screen.cluster.put(Jobs.schedule(false));
    screen.cluster.put(Jobs.launch(120, RUNNING, false));
    screen.cluster.put(Jobs.launch(60, DEAD, false));

    assertThat(screen.type("stop", "nightly-1")).isZero();

    assertThat(screen.out).isEqualTo("nightly-1 is stopped\n");
    assertThat(screen.err)
        .contains("nightly-1/periodic-120 goes on", "hint: submit-job stop nightly-1/periodic-120")
        .doesNotContain("periodic-60");
  }

  @Test
  void stopOfAnEndedJobChangesNothing() {
    screen.cluster.put(job(DEAD));
    assertThat(screen.type("stop", ID)).isZero();
    assertThat(screen.out).isEqualTo(ID + " has ended already\n");
    assertThat(screen.cluster.job(ID).orElseThrow().stopped()).isFalse();
  }

  @Test
  void stopRefusesATimeThatIsNone() {
    assertThat(screen.type("stop", "--wait", "soon", ID)).isEqualTo(2);
    assertThat(screen.err).contains("--wait", "'soon' is no time such as 45s, 90m or 2h");
  }

  @Test
  void execRunsInTheNewestRunningAllocation() {
    screen.cluster.put(job(RUNNING));
    screen.cluster.put(exited(1, 137));
    screen.cluster.put(running(2));

    assertThat(screen.type("exec", ID, "--", "ls", "-l", "data")).isZero();
    assertThat(screen.cluster.commands()).containsExactly("ls -l data");
  }

  @Test
  void execNeedsARunningTaskAndACommand() {
    screen.cluster.put(job(PENDING));
    assertThat(screen.type("exec", ID, "--", "ls")).isEqualTo(2);
    assertThat(screen.err).contains("it does not run now", "submit-job status " + ID);
    assertThat(screen.type("exec", ID)).isEqualTo(2);
    assertThat(screen.err).contains("CMD");
  }

  @Test
  void doctorSaysWhatItWouldDoAndDoesItOnlyWhenTold() throws IOException {
    screen.cluster.put(stopped());

    assertThat(screen.type("doctor")).isZero();
    assertThat(screen.out)
        .contains("ok       cluster      a cluster in memory: 1 of 1 nodes ready, 1 with trainer")
        .contains("would be end run digits run-1 as KILLED (cancelled): the job was stopped")
        .contains("hint: do it: submit-job doctor --fix");
    assertThat(status()).isEqualTo("RUNNING");

    assertThat(screen.type("doctor", "--fix", "-o", "json")).isZero();
    assertThat(Json.MAPPER.readTree(screen.out).at("/actions/0/result").asText()).isEqualTo("done");
    assertThat(status()).isEqualTo("KILLED");

    assertThat(screen.type("doctor", "--fix")).isZero();
    assertThat(screen.out).doesNotContain("end run");
  }

  @Test
  void doctorWritesLinesForALogStoreWhenTheEnvironmentSaysSo() {
    screen.environment.put("NOMAD_ML_LOG", "json");
    screen.cluster.put(stopped());

    assertThat(screen.type("doctor", "--fix")).isZero();
    assertThat(screen.out).isEmpty();
    List<LogLine> lines = lines();
    assertThat(lines.get(0).message()).startsWith("cluster: a cluster in memory: 1 of 1 nodes");
    assertThat(lines)
        .filteredOn(line -> line.message().startsWith("pushgateway: "))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.level()).isEqualTo(LogLine.Level.WARN);
              assertThat(line.facts().get(LogLine.HINT)).contains("./setup.sh up");
            });
    LogLine last = lines.get(lines.size() - 1);
    assertThat(last.message()).startsWith("done: end run digits run-1 as KILLED");
    assertThat(last.facts())
        .containsEntry("run_id", "run-1")
        .containsEntry("job", "submission-of-" + ID);
  }

  @Test
  void errorsAreLinesOfTheLogTooWhenTheEnvironmentSaysSo() {
    screen.environment.put("NOMAD_ML_LOG", "json");
    assertThat(screen.type("stop", "--wait", "soon", ID)).isEqualTo(2);
    screen.cluster.unreachable(true);
    String usage = screen.err;
    assertThat(screen.type("stop", ID)).isEqualTo(5);
    screen.err = usage + screen.err;
    assertThat(lines())
        .hasSize(2)
        .allMatch(line -> line.level() == LogLine.Level.ERROR)
        .extracting(LogLine::message)
        .last()
        .isEqualTo("a cluster in memory does not answer");
    assertThat(lines().get(0).facts()).containsEntry(LogLine.HINT, "submit-job stop --help");
  }

  private List<LogLine> lines() {
    return screen.err.lines().map(line -> LogLine.read(line).orElseThrow()).toList();
  }

  @Test
  void doctorResumesDrainedJobsWhenMlflowIsAway() {
    screen.cluster.put(job(DEAD));
    screen.cluster.put(drained(1));
    screen.tracker.unreachable(true);

    assertThat(screen.type("doctor", "--fix")).isEqualTo(5);
    assertThat(screen.out).contains("problem  mlflow       a tracker in memory does not answer");
    assertThat(screen.cluster.resumed()).containsExactly(ID);
  }

  @Test
  void doctorNamesEachServerThatDoesNotAnswer() {
    screen.cluster.unreachable(true);
    screen.environment.put("NOMAD_ML_PUSHGATEWAY", "http://127.0.0.1:1");

    assertThat(screen.type("doctor")).isEqualTo(5);
    assertThat(screen.out)
        .contains("problem  cluster      a cluster in memory does not answer")
        .contains("problem  pushgateway  Pushgateway at http://127.0.0.1:1 did not answer")
        .contains("ok       mlflow       a tracker in memory: 1 open runs");
  }

  @Test
  void doctorWarnsOfAFailingServiceAndOfMissingOnes() {
    screen.services =
        List.of(new Service("mlflow", URI.create("http://m"), "node-1", "critical", "refused"));
    assertThat(screen.type("doctor")).isZero();
    assertThat(screen.out)
        .contains("warning  consul       mlflow on node-1 is critical")
        .contains("warning  pushgateway  none is known");
  }

  @Test
  void doctorWarnsWhenNoNodeHasThisVersionsTrainer() {
    Screen bare = new Screen();
    bare.cluster.put(node("ready", "0.0.1"));
    assertThat(bare.type("doctor")).isZero();
    assertThat(bare.out).contains("0 with trainer " + Version.number(), "./setup.sh up");

    Screen down = new Screen();
    down.cluster.put(node("down", Version.number()));
    assertThat(down.type("doctor")).isEqualTo(5);
    assertThat(down.out).contains("0 of 1 nodes ready", "submit-job nodes");
  }

  private String status() {
    return screen.tracker.run("run-1").orElseThrow().status();
  }

  private static Node node(String status, String trainer) {
    return new Node(
        "id",
        "node-1",
        status,
        "default",
        "dc1",
        1,
        1,
        1,
        1,
        List.of(),
        List.of(),
        List.of(trainer));
  }
}
