package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Repository;
import nomadml.system.servers.Rest;
import nomadml.system.servers.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Jobs with a schedule; what is due once a year is forced by Nomad's own call. */
@TestInstance(Lifecycle.PER_CLASS)
final class SchedulesIT {
  private static final String YEARLY = "schedule: \"@yearly\"";

  private final Cluster cluster = Cluster.start("schedules", 1);
  private final SubmitJob submitJob = SubmitJob.on(cluster, "schedules");

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void eachLaunchIsAJobAndARunOfItsOwnWithTheFilesOfTheSubmission() {
    String schedule =
        submitJob
            .submit(
                JobFiles.DIGITS,
                JobFiles.slow(
                    "nightly",
                    1,
                    "--set",
                    "train.batch_size=64",
                    "--set",
                    "schedule={cron: '0 3 1 1 *', time_zone: Europe/Berlin}"))
            .path("job_id")
            .asText();
    JsonNode periodic = cluster.nomad().job(schedule).path("Periodic");
    assertThat(periodic.path("Spec").asText()).isEqualTo("0 3 1 1 *");
    assertThat(periodic.path("TimeZone").asText()).isEqualTo("Europe/Berlin");
    assertThat(periodic.path("ProhibitOverlap").asBoolean()).isTrue();
    assertThat(cluster.mlflow().runsIn("nightly")).hasSize(1); // It keeps the files.

    Submitted first = force(schedule);
    awaitRun(first).awaitStatus("FINISHED");
    cluster.nomad().awaitDead(first.job());
    Submitted second = force(schedule);
    awaitRun(second).awaitStatus("FINISHED");

    String submission = cluster.nomad().job(schedule).at("/Meta/" + Names.META_SUBMISSION).asText();
    for (Submitted launch : List.of(first, second)) {
      Run run = launch.run();
      assertRun(run)
          .hasTag(Names.TAG_SCHEDULE, schedule)
          .hasTag(Names.TAG_ATTEMPT, "1")
          .hasTag(
              Names.TAG_SUBMISSION,
              submission + launch.job().substring(launch.job().lastIndexOf('-')));
      assertThat(run.artifacts("model")).contains("model/MLmodel");
      assertThat(run.artifacts("inputs")).isEmpty();
    }
    assertThat(first.run().id()).isNotEqualTo(second.run().id());
    assertThat(cluster.mlflow().runsIn("nightly")).hasSize(3);
    assertThat(cluster.mlflow().runsOf(schedule)).isEmpty();

    cluster.nomad().awaitDead(second.job());
    SubmitJob.Called list = submitJob.succeed("list");
    assertThat(list.output())
        .containsPattern(schedule + " +scheduled")
        .containsPattern(first.job() + " +finished");
    assertThat(submitJob.succeed("status", "nightly").output())
        .startsWith(schedule + "  scheduled")
        .contains(second.job() + "  finished", first.job() + "  finished");
    assertThat(submitJob.succeed("logs", schedule).output()).contains("epoch 1/1");
    assertThat(submitJob.succeed("doctor").output()).doesNotContain("nightly");
  }

  @Test
  void aScheduleThatIsStoppedStartsNothingMoreAndLeavesWhatItStarted() {
    String schedule = command("leaves", "[sleep, \"300\"]");
    Submitted launch = force(schedule);
    launch.awaitRunning();
    awaitRun(launch);
    SubmitJob.Called stop = submitJob.succeed("stop", schedule);
    assertThat(stop.output()).contains(schedule + " is stopped");
    assertThat(stop.errors())
        .contains(launch.job() + " goes on", "submit-job stop " + launch.job());
    assertThat(cluster.nomad().job(schedule).path("Status").asText()).isEqualTo("dead");
    assertThat(cluster.nomad().job(launch.job()).path("Status").asText()).isEqualTo("running");

    submitJob.succeed("stop", launch.job());
    launch.run().awaitStatus("KILLED");
    assertRun(launch.run()).hasTag(Names.TAG_CAUSE, "cancelled");
  }

  @Test
  void aLaunchThatNeverStartedHasARunThatSaysWhy() {
    String schedule = command("unseen", "[\"true\"]", "resources: {memory: 1GiB}");
    String node = cluster.nomad().rest().get("/v1/nodes").at("/0/ID").asText();
    cluster.nomad().eligible(node, false);
    try {
      Submitted launch = force(schedule);
      submitJob.succeed("stop", launch.job());
      cluster.nomad().eligible(node, true);
      submitJob.succeed("doctor", "--fix");
      assertRun(launch.run())
          .hasStatus("KILLED")
          .hasTag(Names.TAG_SCHEDULE, schedule)
          .hasTag(Names.TAG_CAUSE, "cancelled");
      assertThat(submitJob.succeed("doctor", "--fix").output()).doesNotContain(launch.job());
      assertThat(cluster.mlflow().runsOf(launch.job())).hasSize(1);
    } finally {
      cluster.nomad().eligible(node, true);
    }
  }

  @Test
  void aLaunchWhoseNodeWasDrainedGoesOnAsTheSameRun() {
    String schedule = command("drained", "[sh, -c, 'sleep 15']");
    Submitted launch = force(schedule);
    launch.awaitRunning();
    awaitRun(launch);
    String node = cluster.nomad().rest().get("/v1/nodes").at("/0/ID").asText();
    cluster.nomad().drain(node);
    Eventually.until(
        "nothing runs",
        () ->
            cluster.nomad().allocations(launch.job()).stream()
                .noneMatch(one -> one.path("ClientStatus").asText().equals("running")));
    cluster.nomad().eligible(node, true);
    Eventually.until(
        "the doctor has it placed again, and it ends",
        () -> {
          submitJob.succeed("doctor", "--fix");
          return launch.run().status().equals("FINISHED");
        });
    assertThat(cluster.mlflow().runsOf(launch.job())).hasSize(1);
    assertThat(launch.run().tag(Names.TAG_SUBMISSION)).contains("-");
  }

  /** What Nomad says of each expression that our own reading is tested with. */
  @Test
  void nomadTakesTheCronExpressionsWeTake() {
    Map<String, Object> job = new HashMap<>(NomadJobs.sleeping("cron", 50, 50));
    Rest nomad = cluster.nomad().rest();
    for (String line :
        Repository.text("spec/src/test/resources/nomadml/spec/cron.txt").lines().toList()) {
      job.put(
          "Periodic",
          Map.of("Enabled", true, "SpecType", "cron", "Spec", line.substring(2).strip()));
      JsonNode answer = nomad.post("/v1/validate/job", Map.of("Job", job));
      assertThat(answer.path("ValidationErrors").toString().contains("Invalid cron"))
          .as(line + ": " + answer)
          .isEqualTo(line.startsWith("-"));
    }
  }

  private String command(String name, String command, String... more) {
    Path file =
        JobFiles.command(
            submitJob.folder(), name, command, SubmitJob.joined(List.of(YEARLY), more));
    return submitJob.submit(file).path("job_id").asText();
  }

  /** Starts what is due once a year. */
  private Submitted force(String schedule) {
    List<String> before = launches(schedule);
    return Eventually.get(
        "a launch of " + schedule,
        () -> {
          if (launches(schedule).equals(before)) {
            cluster.nomad().rest().put("/v1/job/" + schedule + "/periodic/force", Map.of());
          }
          return new Submitted(
              cluster,
              launches(schedule).stream()
                  .filter(job -> !before.contains(job))
                  .findFirst()
                  .orElse(""));
        },
        launch -> !launch.job().isEmpty());
  }

  /** Its supervisor makes it. */
  private static Run awaitRun(Submitted launch) {
    return Eventually.get("the run of " + launch.job(), launch::run, run -> true);
  }

  private List<String> launches(String schedule) {
    return cluster.nomad().jobs(schedule + "/").stream()
        .map(job -> job.path("ID").asText())
        .toList();
  }
}
