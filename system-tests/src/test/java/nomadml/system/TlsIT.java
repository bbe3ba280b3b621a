package nomadml.system;

import static nomadml.system.RunAssert.assertRun;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import nomadml.spec.Environment;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import nomadml.spec.TaskExit;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.TlsConsul;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A Consul behind TLS, for the command line and for the task. */
@TestInstance(Lifecycle.PER_CLASS)
final class TlsIT {
  private static final String RIGHT = "consul-agent-ca.pem";
  private static final String WRONG = "other-agent-ca.pem";

  private final Cluster cluster = Cluster.start("tls", 0);
  private final TlsConsul consul = TlsConsul.beside(cluster);

  @AfterAll
  void end() {
    consul.close();
    cluster.close();
  }

  @Test
  void theCommandLineFindsServicesByTheRightAuthority() {
    consul.register(Names.PUSHGATEWAY_SERVICE, cluster.pushgateway().port());
    SubmitJob.Called called =
        submitJob("right")
            .with("CONSUL_CACERT", consul.file(RIGHT))
            .succeed("services", "-o", "json");
    assertThat(called.output()).contains("pushgateway", ":" + cluster.pushgateway().port());
  }

  @Test
  void aWrongAuthorityIsOneMessageWithAHint() {
    SubmitJob.Called called =
        submitJob("wrong").with("CONSUL_CACERT", consul.file(WRONG)).call("services");
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(called.errors())
        .contains("Consul at " + consul.address(), "hint: CONSUL_CACERT")
        .doesNotContain("\tat ");
    assertThat(called.errors().lines()).hasSize(2);
  }

  @Test
  void aFileThatIsNoCertificateIsNamed() {
    String key = consul.file("consul-agent-ca-key.pem");
    SubmitJob.Called called =
        submitJob("no-certificate").with("CONSUL_CACERT", key).call("services");
    assertThat(called.exitCode()).as(called.toString()).isEqualTo(ExitCode.USAGE.number());
    assertThat(called.errors()).contains("certificate", "hint:");
  }

  @Test
  void theNameInTheCertificateMayBeGiven() {
    SubmitJob submitJob = submitJob("name").with("CONSUL_CACERT", consul.file(RIGHT));
    submitJob.with("CONSUL_TLS_SERVER_NAME", "server.dc1.consul").succeed("services");
    SubmitJob.Called refused =
        submitJob.with("CONSUL_TLS_SERVER_NAME", "another.dc1.consul").call("services");
    assertThat(refused.exitCode())
        .as(refused.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(refused.errors()).contains("hint:", "CONSUL_TLS_SERVER_NAME");
  }

  @Test
  void theTaskFindsMlflowAndItsLockThere() {
    consul.register(Names.MLFLOW_SERVICE, cluster.mlflow().port());
    Path file =
        JobFiles.command(cluster.folders().state("jobs"), "by-tls", "[sh, -c, 'echo it ran']");
    Supervised job =
        Supervised.of(cluster, "by-tls", file)
            .with(Environment.CONSUL, consul.address())
            .with("CONSUL_CACERT", consul.file(RIGHT))
            .with("CONSUL_TLS_SERVER_NAME", "server.dc1.consul");
    RunningProgram attempt = job.start();
    assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
    assertRun(job.run()).hasStatus("FINISHED").hasTag(Names.TAG_ATTEMPT, "1");
  }

  /** With certificate and key as Consul's own tool writes them. */
  @Test
  void whoAsksShowsItsCertificateWhereItIsWanted() {
    try (TlsConsul strict = TlsConsul.askingForCertificates(cluster)) {
      strict.register(Names.MLFLOW_SERVICE, cluster.mlflow().port());
      String certificate = strict.file("dc1-client-consul-0.pem");
      String key = strict.file("dc1-client-consul-0-key.pem");
      SubmitJob without =
          submitJob("without-certificate")
              .with("CONSUL_HTTP_ADDR", strict.address())
              .with("CONSUL_CACERT", strict.file(RIGHT));
      SubmitJob.Called refused = without.call("services");
      assertThat(refused.exitCode())
          .as(refused.toString())
          .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
      assertThat(refused.errors()).contains("hint:", "CONSUL_CLIENT_CERT");
      submitJob("client")
          .with("CONSUL_HTTP_ADDR", strict.address())
          .with("CONSUL_CACERT", strict.file(RIGHT))
          .with("CONSUL_CLIENT_CERT", certificate)
          .with("CONSUL_CLIENT_KEY", key)
          .succeed("services", "-o", "json");
      Path file =
          JobFiles.command(cluster.folders().state("jobs"), "by-mtls", "[sh, -c, 'echo it ran']");
      Supervised job =
          Supervised.of(cluster, "by-mtls", file)
              .with(Environment.CONSUL, strict.address())
              .with("CONSUL_CACERT", strict.file(RIGHT))
              .with("CONSUL_CLIENT_CERT", certificate)
              .with("CONSUL_CLIENT_KEY", key);
      RunningProgram attempt = job.start();
      assertThat(attempt.awaitExit()).as(attempt.output()).isEqualTo(TaskExit.DONE);
      assertRun(job.run()).hasStatus("FINISHED").hasTag(Names.TAG_ATTEMPT, "1");
    }
  }

  private SubmitJob submitJob(String name) {
    return SubmitJob.on(cluster, name).with("CONSUL_HTTP_ADDR", consul.address());
  }
}
