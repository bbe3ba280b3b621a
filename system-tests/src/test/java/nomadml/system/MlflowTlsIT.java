package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import nomadml.spec.Environment;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import nomadml.spec.TaskExit;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Processes;
import nomadml.system.servers.Run;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.SecuredMlflow;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** An MLflow behind TLS and a password, for the command line, the task and a user's program. */
@TestInstance(Lifecycle.PER_CLASS)
final class MlflowTlsIT {
  private static final String AUTHORITY = "MLFLOW_TRACKING_SERVER_CERT_PATH";
  private static final String USER = "MLFLOW_TRACKING_USERNAME";
  private static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
  private static final String WRONG = "not-the-password";

  private final Cluster cluster = Cluster.start("mlflow-tls", 1);
  private final SecuredMlflow mlflow = SecuredMlflow.over(cluster);

  MlflowTlsIT() {
    cluster
        .nomad()
        .rest()
        .put(
            "/v1/var/nomad/jobs",
            Map.of("Path", "nomad/jobs", "Items", Map.of("mlflow", SecuredMlflow.PASSWORD)));
  }

  @AfterAll
  void end() {
    mlflow.close();
    cluster.close();
  }

  @Test
  void aTrainingOnNomadGoesThroughAndItsPasswordIsNowhere() {
    Submitted job =
        Submitted.of(
            cluster,
            submitJob("digits").submit(JobFiles.DIGITS, JobFiles.slow("secured", 12, onNode())));
    job.awaitEpoch(2);
    List<ProcessHandle> processes = Processes.mentioning(job.allocation());
    assertThat(processes).hasSizeGreaterThanOrEqualTo(2);
    assertThat(processes).extracting(Processes::commandLine).noneMatch(MlflowTlsIT::isSecret);
    job.awaitFinished();
    Run run = job.run();
    assertRun(run).hasTag(Names.TAG_ATTEMPT, "1");
    assertThat(run.history(Submitted.LOSS)).hasSize(12);
    assertThat(run.artifacts("")).contains("model/MLmodel", "log.txt", "metrics.csv");
    assertThat(run.artifacts("checkpoints")).isNotEmpty();
    assertThat(run.json().toString()).matches(text -> !isSecret(text));
    for (String artifact : new String[] {"log.txt", "job.json"}) {
      assertThat(new String(run.artifact(artifact), StandardCharsets.UTF_8))
          .matches(text -> !isSecret(text));
    }
    assertThat(cluster.nomad().job(job.job()).toString()).matches(text -> !isSecret(text));
    assertThat(cluster.nomad().output(cluster.nomad().allocations(job.job()).get(0)))
        .matches(text -> !isSecret(text));
  }

  /** The variables are MLflow's own: its Python client reads the same. */
  @Test
  void aProgramsOwnClientGoesThroughByTheSameVariables() {
    String path = "env.PATH=" + Tools.folder("mlflow") + ":/usr/bin:/bin";
    submitJob("command")
        .succeed(
            SubmitJob.joined(
                List.of(JobFiles.COMMAND.toString(), "--follow", "--set", path), onNode()));
    Run run = Submitted.named(cluster, "line-fit").run();
    assertRun(run).hasStatus("FINISHED");
    assertThat(run.history("train_loss")).hasSize(20);
  }

  @Test
  void aRunOnThisMachineGoesThrough() {
    Path job = JobFiles.command(cluster.folders().state("jobs"), "near", "[sh, -c, 'echo it ran']");
    submitJob("near").succeed("--local", job.toString(), "--set", "experiment=near");
    assertThat(cluster.mlflow().runsIn("near"))
        .singleElement()
        .extracting(run -> run.at("/info/status").asText())
        .isEqualTo("FINISHED");
  }

  @Test
  void aWrongPasswordIsToldBeforeAnythingIsStarted() {
    SubmitJob.Called refused =
        submitJob("wrong-password")
            .with(PASSWORD, WRONG)
            .call(echo("denied").toString(), "--follow");
    assertThat(refused.exitCode())
        .as(refused.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(refused.errors())
        .contains("MLflow at " + mlflow.address(), "401", "hint: set " + USER)
        .doesNotContain(WRONG);
    assertThat(cluster.nomad().jobs("denied")).isEmpty();
  }

  @Test
  void anUnknownAuthorityIsToldWithTheVariableThatNamesIt() {
    for (SubmitJob cli :
        List.of(
            submitJob("no-authority").without(AUTHORITY),
            submitJob("other-authority").with(AUTHORITY, mlflow.otherAuthority()))) {
      SubmitJob.Called refused = cli.call(JobFiles.DIGITS.toString(), "--set", "name=untrusted");
      assertThat(refused.exitCode())
          .as(refused.toString())
          .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
      assertThat(refused.errors())
          .contains("MLflow at " + mlflow.address(), "hint: " + AUTHORITY)
          .doesNotContain("\tat ");
    }
    assertThat(cluster.nomad().jobs("untrusted")).isEmpty();
  }

  @Test
  void anAuthorityThatIsNoFileIsNamed() {
    SubmitJob.Called refused =
        submitJob("missing-authority")
            .with(AUTHORITY, "/no/such.pem")
            .call(echo("unreadable").toString());
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(ExitCode.USAGE.number());
    assertThat(refused.errors()).contains("/no/such.pem", "hint:");
  }

  /** Training goes on; what it tells waits on the disk, and is sent once the node is set right. */
  @Test
  void aTaskThatIsNotLetInKeepsItsReportsUntilItIs() {
    Supervised job =
        Supervised.of(cluster, "locked-out", echo("locked-out"))
            .with(Environment.MLFLOW_TRACKING_URI, mlflow.address())
            .with(USER, SecuredMlflow.USER)
            .with(PASSWORD, WRONG);
    RunningProgram untrusting = job.start();
    awaitWarning(job, "hint: " + AUTHORITY);
    untrusting.signal("TERM");
    untrusting.awaitExit();
    RunningProgram denied = job.with(AUTHORITY, mlflow.authority()).start();
    awaitWarning(job, "hint: set MLFLOW_TRACKING_TOKEN, or " + USER);
    denied.signal("TERM");
    denied.awaitExit();
    assertThat(denied.output() + denied.errors()).doesNotContain(WRONG);
    RunningProgram let = job.with(PASSWORD, SecuredMlflow.PASSWORD).start();
    assertThat(let.awaitExit()).as(let.output()).isEqualTo(TaskExit.DONE);
    assertRun(job.run()).hasStatus("FINISHED");
    assertThat(new String(job.run().artifact("log.txt"), StandardCharsets.UTF_8))
        .contains("it ran");
  }

  private static void awaitWarning(Supervised job, String words) {
    Eventually.until(
        "it warns of '" + words + "'",
        () -> job.warnings().stream().anyMatch(warning -> warning.contains(words)));
  }

  private static boolean isSecret(String text) {
    return text.contains("1%2") || text.contains(SecuredMlflow.PASSWORD);
  }

  private Path echo(String name) {
    return JobFiles.command(cluster.folders().state("jobs"), name, "[sh, -c, 'echo it ran']");
  }

  /** How the task gets there: the password by a Nomad Variable. */
  private String[] onNode() {
    return new String[] {
      "--set", "env." + Environment.MLFLOW_TRACKING_URI + "=" + mlflow.address(),
      "--set", "env." + AUTHORITY + "=" + mlflow.authority(),
      "--set", "env." + USER + "=" + SecuredMlflow.USER,
      "--set", "secrets." + PASSWORD + "=nomad/jobs#mlflow"
    };
  }

  /** The command line of somebody who knows all of it. */
  private SubmitJob submitJob(String name) {
    return SubmitJob.on(cluster, name)
        .with(Environment.MLFLOW_TRACKING_URI, mlflow.address())
        .with(AUTHORITY, mlflow.authority())
        .with(USER, SecuredMlflow.USER)
        .with(PASSWORD, SecuredMlflow.PASSWORD);
  }
}
