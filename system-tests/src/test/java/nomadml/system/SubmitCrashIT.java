package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import nomadml.spec.Names;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.FaultyLink;
import nomadml.system.servers.FaultyLink.Fault;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However a submit is cut off, submitting again makes one job and one run. */
@TestInstance(Lifecycle.PER_CLASS)
final class SubmitCrashIT {
  private static final String REGISTER = "(PUT|POST) /v1/job(s|/[^/]+)(\\?.*)?";

  private final Cluster cluster = Cluster.start("crash", 1);

  @AfterAll
  void end() {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "run", "inputs", "register"})
  void aSubmitThatDiedIsFinishedByTheNext(String step) {
    String name = "crash-" + step;
    SubmitJob submitJob = SubmitJob.on(cluster, name);
    Path job = job(submitJob, name);
    SubmitJob.Called crashed =
        submitJob.with("NOMAD_ML_CRASH_AFTER", step).call(job.toString(), "--detach");
    assertThat(crashed.exitCode()).as(crashed.toString()).isNotZero();
    assertThat(cluster.nomad().jobs(name)).hasSize(step.equals("register") ? 1 : 0);
    submitJob.without("NOMAD_ML_CRASH_AFTER").submit(job);
    assertOneJobAndOneRun(name);
  }

  @Test
  void aSecondSubmitAfterOneThatSucceededIsAnotherJob() {
    SubmitJob submitJob = SubmitJob.on(cluster, "twice");
    Path job = job(submitJob, "twice");
    Submitted first = Submitted.of(cluster, submitJob.submit(job));
    Submitted second = Submitted.of(cluster, submitJob.submit(job));
    assertThat(second.job()).isNotEqualTo(first.job());
    assertThat(second.run().id()).isNotEqualTo(first.run().id());
    assertThat(cluster.mlflow().runsIn("twice")).hasSize(2);
  }

  @Test
  void aConnectionCutBeforeNomadsReplyMakesNoSecondJob() {
    try (FaultyLink link = FaultyLink.to(cluster.nomad().port())) {
      SubmitJob submitJob = SubmitJob.on(cluster, "cut").with("NOMAD_ADDR", link.address());
      Path job = job(submitJob, "cut");
      link.fail(Fault.CUT, REGISTER);
      SubmitJob.Called cut = submitJob.call(job.toString(), "--detach");
      assertThat(link.befallen()).as(cut.toString()).isPositive();
      link.heal();
      if (cut.exitCode() != 0) {
        submitJob.submit(job);
      }
    }
    assertOneJobAndOneRun("cut");
  }

  private void assertOneJobAndOneRun(String name) {
    Submitted job = Submitted.named(cluster, name);
    job.awaitFinished();
    assertThat(cluster.mlflow().runsIn(name)).hasSize(1);
    assertThat(job.allocations()).isEqualTo(1);
    assertThat(job.run().tag(Names.TAG_ATTEMPT)).isEqualTo("1");
    assertThat(job.run().artifacts("inputs")).containsExactly("inputs/note.txt");
  }

  private static Path job(SubmitJob submitJob, String name) {
    JobFiles.write(submitJob.folder(), "note.txt", "an input of " + name + "\n");
    return JobFiles.command(submitJob.folder(), name, "[cat, note.txt]", "inputs: [note.txt]");
  }
}
