package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Monitoring;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import nomadml.system.servers.Tools;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An alert on its whole way: a training's gauges, Prometheus, Alertmanager, the webhook. */
@Tag("alertmanager")
@TestInstance(Lifecycle.PER_CLASS)
final class AlertmanagerIT {
  private static final String GROUP = "/metrics/job/training/run_id/stopped";

  private final List<JsonNode> received = new CopyOnWriteArrayList<>();
  private Path folder;
  private HttpServer webhook;
  private Monitoring monitoring;

  @BeforeAll
  void begin(@TempDir Path temporary) throws IOException {
    folder = temporary;
    webhook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    webhook.createContext("/secret-path", this::receive);
    webhook.start();
    Path url = folder.resolve("webhook-url");
    Files.writeString(url, "http://127.0.0.1:" + webhook.getAddress().getPort() + "/secret-path");
    monitoring = new Monitoring("alertmanager", Map.of("ALERT_WEBHOOK_URL_FILE", url.toString()));
  }

  @AfterAll
  void end() {
    monitoring.close();
    webhook.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    new ObjectMapper().readTree(exchange.getRequestBody()).path("alerts").forEach(received::add);
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  @Test
  void aTrainingWhoseHeartbeatStopsIsToldAndThatItGoesOnToo() {
    push(Instant.now());
    monitoring
        .prometheus()
        .awaitResult("run:training_heartbeat_age:seconds{run_id=\"stopped\"} < 60");
    assertThat(received("TrainingStalled", "firing")).isEmpty();

    push(Instant.now().minus(Duration.ofMinutes(4)));
    JsonNode told =
        Eventually.get(
                "the alert arrives",
                () -> received("TrainingStalled", "firing"),
                alerts -> !alerts.isEmpty())
            .get(0);
    assertThat(told.at("/labels/run_id").asText()).isEqualTo("stopped");
    assertThat(told.at("/labels/experiment").asText()).isEqualTo("digits");
    assertThat(told.at("/labels/severity").asText()).isEqualTo("warning");
    assertThat(told.at("/annotations/summary").asText())
        .contains("Run stopped of digits has shown no life for 4m");
    assertThat(told.at("/annotations/runbook").asText())
        .isEqualTo("docs/operations.md#trainingstalled");

    push(Instant.now());
    Eventually.until(
        "that it is over arrives", () -> !received("TrainingStalled", "resolved").isEmpty());
    assertThat(received("TrainingLossNotANumber", "firing")).isEmpty();
  }

  @Test
  void prometheusReadsTheMetricThatTellsOfAlertsThatDoNotArrive() {
    monitoring.prometheus().awaitMetric("alertmanager_notifications_failed_total");
    monitoring.prometheus().awaitResult("up{job=\"alertmanager\"} == 1");
  }

  @Test
  void theAddressOfTheWebhookIsInNoConfiguration() {
    assertThat(monitoring.alertmanager().rest().get("/api/v2/status").toString())
        .contains("url_file")
        .doesNotContain("secret-path");
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "url, '', 1",
    "'', 'a@example.org,o''b@example.org', 1",
    "url, a@b.c, 2"
  })
  void everyChoiceOfWaysMakesAConfigurationThatAlertmanagerTakes(
      String webhookFile, String mail, int ways) throws IOException {
    Path secret = folder.resolve("url");
    Files.writeString(secret, "http://127.0.0.1:1");
    Path config = folder.resolve("made.yml");
    RunningProgram made =
        RunningProgram.start(
            "alertmanager.sh",
            config,
            folder.resolve("errors"),
            folder,
            Map.of(
                "ALERT_WEBHOOK_URL_FILE",
                webhookFile.isEmpty() ? "" : secret.toString(),
                "ALERT_MAIL_TO",
                mail,
                "ALERT_SMTP_PASSWORD_FILE",
                mail.isEmpty() ? "" : secret.toString()),
            List.of(Repository.file("prometheus/alertmanager.sh").toString()));
    assertThat(made.awaitExit()).as(made.errors()).isZero();
    assertThat(made.output().split("send_resolved: true", -1)).hasSize(ways + 1);
    RunningProgram checked =
        RunningProgram.start(
            "amtool",
            folder.resolve("amtool.log"),
            folder,
            Map.of(),
            List.of(Tools.program("alertmanager", "amtool"), "check-config", config.toString()));
    assertThat(checked.awaitExit()).as(checked.output()).isZero();
    Files.delete(config);
  }

  private void push(Instant heartbeat) {
    monitoring
        .pushgateway()
        .push(
            GROUP,
            "training_heartbeat_timestamp_seconds{experiment=\"digits\",model=\"mlp\"} "
                + heartbeat.getEpochSecond()
                + "\n");
  }

  private List<JsonNode> received(String alert, String status) {
    return received.stream()
        .filter(one -> one.at("/labels/alertname").asText().equals(alert))
        .filter(one -> one.path("status").asText().equals(status))
        .toList();
  }
}
