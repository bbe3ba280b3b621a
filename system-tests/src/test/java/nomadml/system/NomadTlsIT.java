package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.NomadAccess;
import nomadml.system.servers.Repository;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A Nomad that wants TLS, a certificate of whoever asks, and a token that may. */
@TestInstance(Lifecycle.PER_CLASS)
final class NomadTlsIT {
  private static final Path POLICY = Repository.file("nomad/acl/submitter.policy.hcl");

  private final Cluster cluster = Cluster.secured("nomad-tls", 1);
  private final NomadAccess access = cluster.nomad().access();
  private final String token = token("submitter", policy());

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void thePolicyInTheRepositoryIsEnoughForAWholeLife() {
    SubmitJob submitJob = submitJob("life");
    submitJob.succeed("plan", JobFiles.DIGITS.toString());
    assertThat(submitJob.succeed("nodes").output()).contains("node-1");
    SubmitJob.Called followed =
        submitJob.succeed(JobFiles.DIGITS.toString(), "--follow", "--set", "train.epochs=2");
    assertThat(followed.shown()).doesNotContain(token);
    Submitted job = Submitted.named(cluster, "digits-mlp");
    assertRun(job.run()).hasStatus("FINISHED");
    assertThat(submitJob.succeed("list").output()).contains(job.job(), "finished");
    assertThat(submitJob.succeed("status", job.job()).output()).contains("finished", "node-1");
    assertThat(submitJob.succeed("logs", job.job()).output()).contains("epoch 2");
  }

  @Test
  void aRunningJobIsEnteredAndStopped() {
    SubmitJob submitJob = submitJob("running");
    Submitted job = Submitted.of(cluster, submitJob.submit(sleeping("entered")));
    job.awaitRunning();
    assertThat(submitJob.succeed("exec", job.job(), "--", "sh", "-c", "echo inside").output())
        .isEqualTo("inside\n");
    submitJob.succeed("stop", job.job());
    job.run().awaitStatus("KILLED");
  }

  @Test
  void aNomadThatConsulKnowsIsFoundByItsCertificates() {
    submitJob("discovered").without("NOMAD_ADDR").succeed("list");
  }

  /** What each command is refused, and by which right; everything else of the policy is there. */
  @Test
  void eachRightOfThePolicyIsNeeded() {
    Submitted job = Submitted.of(cluster, submitJob("rights").submit(sleeping("rights")));
    job.awaitRunning();
    Map<String, List<String>> commands =
        Map.of(
            "submit-job", List.of(sleeping("refused").toString(), "--detach"),
            "list-jobs", List.of("list"),
            "read-job", List.of("status", job.job()),
            "read-logs", List.of("logs", job.job()),
            "alloc-exec", List.of("exec", job.job(), "--", "true"),
            "alloc-node-exec", List.of("exec", job.job(), "--", "true"));
    commands.forEach(
        (right, command) -> {
          String less = token("without-" + right, policy().replaceFirst("\"" + right + "\",", ""));
          assertRefused(
              submitJob("without-" + right)
                  .with("NOMAD_TOKEN", less)
                  .call(command.toArray(String[]::new)),
              "NOMAD_TOKEN");
        });
    assertThat(cluster.nomad().jobs("refused")).isEmpty();
    submitJob("rights").succeed("stop", job.job());
  }

  /** Nomad opens the connection, then refuses: the two may arrive together. */
  @Test
  void aRefusedCommandIsNamedEachTime() {
    Submitted job = Submitted.of(cluster, submitJob("often").submit(sleeping("often")));
    job.awaitRunning();
    String less = token("without-exec", policy().replaceFirst("\"alloc-exec\",", ""));
    SubmitJob refused = submitJob("refused-often").with("NOMAD_TOKEN", less);
    for (int time = 0; time < 40; time++) {
      assertRefused(refused.call("exec", job.job(), "--", "true"), "NOMAD_TOKEN");
    }
    submitJob("often").succeed("stop", job.job());
  }

  @Test
  void whatIsMissingIsNamed() {
    assertRefused(submitJob("no-token").without("NOMAD_TOKEN").call("list"), "set NOMAD_TOKEN");
    assertRefused(submitJob("no-ca").without("NOMAD_CACERT").call("list"), "NOMAD_CACERT");
    assertRefused(
        submitJob("other-ca").with("NOMAD_CACERT", access.otherAuthority()).call("list"),
        "NOMAD_CACERT");
    assertRefused(
        submitJob("no-certificate")
            .without("NOMAD_CLIENT_CERT")
            .without("NOMAD_CLIENT_KEY")
            .call("list"),
        "NOMAD_CLIENT_CERT");
    assertRefused(
        submitJob("plain")
            .with("NOMAD_ADDR", cluster.nomad().address().replace("https", "http"))
            .call("list"),
        "NOMAD_ADDR=https://");
    SubmitJob.Called half = submitJob("no-key").without("NOMAD_CLIENT_KEY").call("list");
    assertThat(half.exitCode()).as(half.toString()).isEqualTo(ExitCode.USAGE.number());
    assertThat(half.errors()).contains("a certificate and its key", "hint:");
  }

  private static void assertRefused(SubmitJob.Called called, String hint) {
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(called.errors()).contains("hint: ", hint).doesNotContain("\tat ");
  }

  private Path sleeping(String name) {
    return JobFiles.command(cluster.folders().state("jobs"), name, "[sleep, '600']");
  }

  private SubmitJob submitJob(String name) {
    return SubmitJob.on(cluster, name)
        .with("NOMAD_CACERT", access.authority())
        .with("NOMAD_CLIENT_CERT", access.certificate())
        .with("NOMAD_CLIENT_KEY", access.key())
        .with("NOMAD_TOKEN", token);
  }

  private static String policy() {
    try {
      return Files.readString(POLICY);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A token that may what a policy says. */
  private String token(String name, String rules) {
    cluster.nomad().rest().put("/v1/acl/policy/" + name, Map.of("Name", name, "Rules", rules));
    JsonNode made =
        cluster
            .nomad()
            .rest()
            .put(
                "/v1/acl/token", Map.of("Name", name, "Type", "client", "Policies", List.of(name)));
    return made.path("SecretID").asText();
  }
}
