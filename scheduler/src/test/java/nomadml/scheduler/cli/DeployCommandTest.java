package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.spec.ContentDigest;
import nomadml.spec.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeployCommandTest {
  private final Screen screen = new Screen();

  @Test
  void deploysAndSaysSo() {
    assertThat(screen.type("deploy", "digits/4", "--reason", "first")).isZero();
    assertThat(screen.out).isEqualTo("digits/4 is promoted: serve-digits serves it\n");
    assertThat(screen.err)
        .contains("deploys digits/4 (sha256:", "registered serve-digits", "is healthy")
        .contains("digits@champion is version 4 now");
    assertThat(screen.deployments.tags.get("4")).containsKey("nomad_ml.model_digest");
  }

  @Test
  void digestThatIsKnownIsTaken() {
    String digest = "sha256:" + "ab".repeat(32);
    screen.deployments.tags.put("4", new HashMap<>(Map.of("nomad_ml.model_digest", digest)));
    assertThat(screen.type("deploy", "digits/4")).isZero();
    assertThat(screen.deployments.serving.requests().get(0).wish().digest()).isEqualTo(digest);
  }

  @Test
  void digestIsOfTheFilesWithoutWhatMlflowAdds() {
    screen.deployments.files.put("4/registered_model_meta", "x");
    screen.type("deploy", "digits/4");
    // printf '<sha256>  <path>\n' of both files, sorted, through sha256sum.
    assertThat(screen.deployments.tags.getOrDefault("4", Map.of()).get("nomad_ml.model_digest"))
        .isEqualTo(
            "sha256:"
                + ContentDigest.ofFolder(
                    Map.of(
                        "MLmodel", sha256("version 4"),
                        "preprocessing.json", sha256("{\"classes\": [\"zero\", \"one\"]}"))));
  }

  @Test
  void digestThatIsNoneIsRefused() {
    screen.deployments.tags.put("4", new HashMap<>(Map.of("nomad_ml.model_digest", "md5:1")));
    assertThat(screen.type("deploy", "digits/4")).isEqualTo(2);
    assertThat(screen.err).contains("tag nomad_ml.model_digest of digits/4 is 'md5:1'", "hint:");
  }

  @Test
  void aliasAndLatestAreResolved() {
    screen.deployments.aliases.put("next", "3");
    assertThat(screen.type("deploy", "digits@next")).isZero();
    assertThat(screen.out).startsWith("digits/3 is promoted");
    assertThat(screen.type("deploy", "digits/latest")).isZero();
    assertThat(screen.out).startsWith("digits/5 is promoted");
  }

  @Test
  void jsonIsALineAStepAndTheOutcome() throws JsonProcessingException {
    assertThat(screen.type("deploy", "digits/4", "-o", "json")).isZero();
    JsonNode first = Json.MAPPER.readTree(screen.out.lines().findFirst().orElseThrow());
    assertThat(first.at("/step/what").asText()).isEqualTo("wished");
    JsonNode last =
        Json.MAPPER.readTree(screen.out.lines().reduce((one, other) -> other).orElseThrow());
    assertThat(last.path("state").asText()).isEqualTo("promoted");
    assertThat(last.path("exit_code").asInt()).isZero();
    assertThat(last.path("version").asText()).isEqualTo("4");
  }

  @Test
  void failureTellsWhatServesOn() {
    screen.type("deploy", "digits/4");
    screen.deployments.serving.crashing("5");
    assertThat(screen.type("deploy", "digits/5")).isEqualTo(4);
    assertThat(screen.err)
        .contains("error: digits/5 is not promoted: a server did not become healthy")
        .contains("  | canary 00000001 wrote: model can't be served")
        .contains("version 4 serves on", "hint: submit-job deploy history digits");
  }

  @Test
  void detachLeavesItAndTheSameCommandGoesOn() {
    screen.type("deploy", "digits/4");
    assertThat(screen.type("deploy", "digits/5", "--detach")).isZero();
    assertThat(screen.out).matches("\\d{14}-[0-9a-f]{4}\n");
    assertThat(screen.deployments.records().get(1).state()).isEqualTo(State.STARTED);
    assertThat(screen.type("deploy", "status", "digits")).isZero();
    assertThat(screen.out).contains("digits: version 5", "canary", "starting", "deployment ");
    assertThat(screen.type("deploy", "digits/5")).isZero();
    assertThat(screen.err).contains("goes on with deployment");
  }

  @Test
  void approvalThatNobodyGivesIsATimeLimit() {
    screen.type("deploy", "digits/4");
    assertThat(screen.type("deploy", "digits/5", "--approve=2h")).isEqualTo(6);
    assertThat(screen.err).contains("waits for approval", "nobody approved within 2h");
  }

  @Test
  void rejectionIsTold() {
    screen.type("deploy", "digits/4");
    screen.type("deploy", "digits/5", "--detach");
    assertThat(screen.type("deploy", "reject", "digits", "--reason", "no")).isZero();
    assertThat(screen.out).isEqualTo("digits/5 is rejected\n");
    assertThat(screen.type("deploy", "history", "digits")).isZero();
    assertThat(screen.out)
        .contains("deploy digits/5 after version 4: rejected", "rejected by ada: no");
  }

  @Test
  void rollbackAndStop() {
    screen.type("deploy", "digits/4");
    screen.clock.advance(Duration.ofMinutes(1));
    screen.type("deploy", "digits/5");
    screen.clock.advance(Duration.ofMinutes(1));
    assertThat(screen.type("deploy", "rollback", "digits", "--now")).isZero();
    assertThat(screen.out).startsWith("digits/4 is promoted");
    assertThat(screen.type("deploy", "stop", "digits")).isZero();
    assertThat(screen.out).isEqualTo("digits is not served any more\n");
    assertThat(screen.type("deploy", "status", "digits")).isZero();
    assertThat(screen.out).startsWith("digits is not served");
  }

  @Test
  void renderDoesNothingElse() {
    assertThat(screen.type("deploy", "digits/4", "--render")).isZero();
    assertThat(screen.out).isEqualTo("{\"Job\": \"serve-digits\"}\n");
    assertThat(screen.deployments.records()).isEmpty();
  }

  @Test
  void optionsBeforeTheCommandReachIt() {
    assertThat(screen.type("--nomad", "http://n:1", "deploy", "history", "digits")).isZero();
    assertThat(screen.choices.nomad()).isEqualTo("http://n:1");
    assertThat(screen.err).isEqualTo("no deployment of digits is written down\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deploy | the model is missing",
        "deploy digits | 'digits' names no version of a registered model",
        "deploy digits/new | names no version",
        "deploy digits/9 | there is no digits/9",
        "deploy digits@none | there is no digits@none",
        "deploy digits/4 --count 0 | --count 0 is not possible",
        "deploy digits/4 --canary 2 | --canary 2 is not possible",
        "deploy digits/4 --canary-weight 101 | --canary-weight 101 is not possible",
        "deploy digits/4 --canary 0 --approve | --canary 0 with gates or an approval",
        "deploy digits/4 --canary 0 --gate requests>=5 | --canary 0 with gates",
        "deploy digits/4 --cpu 0 | --cpu 0 is not possible",
        "deploy digits/4 --memory lots | 'lots' is no size",
        "deploy digits/4 --memory 1MiB | --memory 1MiB is not possible",
        "deploy digits/4 --gpu 0 | --gpu 0 is not possible",
        "deploy digits/4 --gpu-memory >=4GiB | --gpu-memory without --gpu",
        "deploy digits/4 --gpu 1 --gpu-memory big | --gpu-memory big is not possible",
        "deploy digits/4 --driver java | --driver java is not possible",
        "deploy digits/4 --driver qemu | --driver",
        "deploy digits/4 --max-batch 0 | --max-batch 0 is not possible",
        "deploy digits/4 --queue 0 | --queue 0 is not possible",
        "deploy digits/4 --max-delay soon | --max-delay soon is not possible",
        "deploy digits/4 --deadline 1w | --deadline 1w is not possible",
        "deploy digits/4 --drain never | 'never' is no time",
        "deploy digits/4 --secret TOKEN=abc | --secret TOKEN=… is not possible",
        "deploy digits/4 --gate p95 | gate 'p95'",
        "deploy digits/4 --gate accuracy>=0.9 | --gate accuracy without a golden set",
        "deploy digits/4 --golden none.csv | can't read the golden set",
        "deploy digits/4 --gate-window 1h | --gate-window 1h is not possible",
        "deploy digits/4 --approve=soon | 'soon' is no time",
        "deploy digits/4 --min-healthy-time 6m | --min-healthy-time 6m is not possible",
        "deploy digits/4 --progress-deadline 1m | --healthy-deadline 5m is not possible",
        "deploy digits/4 --drain 10m | --progress-deadline 10m is not possible",
        "deploy digits/4 --notify nobody | no address is known for --notify nobody",
        "deploy status digits/4 | 'digits/4' is no name of a registered model",
        "deploy status digits | digits is not served by",
        "deploy stop digits | digits is not served by",
        "deploy promote digits | there is nothing to promote",
        "deploy reject digits | there is nothing to reject",
        "deploy rollback digits | no version of digits was deployed before",
        "deploy rollback digits --to 3 | version 3 of digits was never deployed",
        "deploy digits/4 stop digits | the model goes after the command: stop",
      })
  void refusesWithAHint(String typed, String message) {
    assertThat(screen.type(typed.split(" "))).isEqualTo(2);
    assertThat(screen.err).startsWith("error: ").contains(message, "  hint: ");
    assertThat(screen.deployments.serving.requests()).isEmpty();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
