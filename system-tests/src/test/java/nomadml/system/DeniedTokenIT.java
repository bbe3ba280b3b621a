package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import nomadml.spec.ExitCode;
import nomadml.system.servers.Cluster;
import org.junit.jupiter.api.Test;

/** A Nomad with access control tells who may do what; its refusals are told as such. */
final class DeniedTokenIT {
  @Test
  void aTokenThatIsMissingOrWrongIsToldAndTheRightOneWorks() {
    try (Cluster cluster = Cluster.start("denied", 0, "acl { enabled = true }", "")) {
      String token =
          cluster.nomad().rest().post("/v1/acl/bootstrap", Map.of()).path("SecretID").asText();
      SubmitJob submitJob = SubmitJob.on(cluster, "denied");
      assertDenied(submitJob.call("list"));
      String wrong = "11111111-2222-3333-4444-555555555555";
      SubmitJob.Called refused = submitJob.with("NOMAD_TOKEN", wrong).call("list");
      assertDenied(refused);
      assertThat(refused.shown()).doesNotContain(wrong);
      submitJob.with("NOMAD_TOKEN", token).succeed("list");
    }
  }

  private static void assertDenied(SubmitJob.Called called) {
    assertThat(called.exitCode())
        .as(called.toString())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE.number());
    assertThat(called.errors()).contains("NOMAD_TOKEN");
  }
}
