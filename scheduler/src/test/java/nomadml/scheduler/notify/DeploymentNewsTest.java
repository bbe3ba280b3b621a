package nomadml.scheduler.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import nomadml.scheduler.deploy.Announcement;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Wishes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeploymentNewsTest {
  @ParameterizedTest
  @CsvSource({
    "waiting, model digits/5 waits for approval",
    "promoted, model digits/5 is promoted",
    "failed, model digits/5 has failed and was taken back",
    "rejected, model digits/5 was rejected",
  })
  void saysWhatHappened(String event, String subject) {
    assertThat(news(event).subject()).isEqualTo(subject);
  }

  @Test
  void whoIsAskedLearnsWhatWasMeasuredAndWhatToType() {
    assertThat(news("waiting").text())
        .isEqualTo(
            """
            model digits/5 waits for approval
            because
            p95<=1.2x holds: 9.0 ms, the running version 8.0 ms
            submit-job deploy promote digits
            submit-job deploy reject digits
            http://nomad.test/ui/jobs/serve-digits""");
  }

  @Test
  void programsLearnItTooAndMayKnowItAgain() {
    ObjectNode json = news("failed").json();
    assertThat(json.path("id").asText()).isEqualTo("20260102030405-1a2b/failed");
    assertThat(json.path("event").asText()).isEqualTo("deployment_failed");
    assertThat(json.path("version").asText()).isEqualTo("5");
    assertThat(json.path("previous").asText()).isEqualTo("4");
    assertThat(json.path("measured").path(0).asText()).startsWith("p95<=1.2x holds");
    assertThat(news("failed").slack().path("text").asText()).contains("p95&lt;=1.2x");
  }

  private static DeploymentNews.News news(String event) {
    Deployment.Step step =
        new Deployment.Step(
            Instant.EPOCH,
            "ada",
            "a step",
            "because",
            List.of("p95<=1.2x holds: 9.0 ms, the running version 8.0 ms"));
    Deployment deployment =
        new Deployment(
            "20260102030405-1a2b",
            Deployment.Kind.DEPLOY,
            Wishes.wish("5"),
            "4",
            null,
            0,
            Instant.EPOCH,
            Deployment.State.WAITING,
            List.of(step));
    return new DeploymentNews.News(
        new Announcement(event, deployment, URI.create("http://nomad.test/ui/jobs/serve-digits")));
  }
}
