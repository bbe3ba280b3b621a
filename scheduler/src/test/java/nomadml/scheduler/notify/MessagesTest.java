package nomadml.scheduler.notify;

import static nomadml.scheduler.Jobs.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.JobFile.Event;
import nomadml.spec.Json;
import nomadml.spec.Names;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MessagesTest {
  private static final URI LINK = URI.create("http://mlflow.test/#/runs/run-1");

  @TempDir private Path folder;
  private final List<JsonNode> received = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private int answer = 200;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/secret-path",
        exchange -> {
          received.add(Json.MAPPER.readTree(exchange.getRequestBody()));
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  @Test
  void aWebhookGetsAllThatIsKnownAndTheSameIdEachTime() throws IOException {
    Messages messages = messages("hook=" + url());
    messages.send(notice(Event.FAILED, "hook"), LINK);
    messages.send(notice(Event.FAILED, "hook"), LINK);
    assertThat(received).hasSize(2);
    assertThat(received.get(1)).isEqualTo(received.get(0));
    JsonNode told = received.get(0);
    assertThat(told.path("id").asText()).isEqualTo("run-1/failed");
    assertThat(told.path("job").asText()).isEqualTo("digits-1");
    assertThat(told.path("cause").asText()).isEqualTo("nan_loss");
    assertThat(told.at("/metrics/validation_accuracy").asDouble()).isEqualTo(0.5);
    assertThat(told.path("link").asText()).isEqualTo(LINK.toString());
    assertThat(told.path("text").asText())
        .isEqualTo(
            "digits-1 has failed (nan_loss)\nloss <NaN> & gone\nvalidation_accuracy 0.5000\n"
                + LINK);
  }

  @Test
  void slackGetsItsOwnForm() throws IOException {
    messages("chat=slack+" + url()).send(notice(Event.FAILED, "chat"), LINK);
    assertThat(received).hasSize(1);
    assertThat(received.get(0).size()).isEqualTo(1);
    assertThat(received.get(0).path("text").asText()).contains("loss &lt;NaN&gt; &amp; gone");
  }

  @Test
  void aHappyEndHasNoCause() throws IOException {
    messages("hook=" + url()).send(notice(Event.FINISHED, "hook"), LINK);
    assertThat(received.get(0).has("cause")).isFalse();
    assertThat(received.get(0).path("text").asText()).startsWith("digits-1 has finished\n");
  }

  @Test
  void aRefusalTellsNoSecret() throws IOException {
    answer = 500;
    assertThat(failure("hook=" + url()))
        .hasMessageContaining("hook at 127.0.0.1 answered 500")
        .hasMessageNotContaining("secret-path");
    server.stop(0);
    assertThat(failure("hook=" + url()))
        .hasMessageContaining("hook at 127.0.0.1 did not answer")
        .hasMessageNotContaining("secret-path");
    assertThat(failure("hook=ftp://secret-path"))
        .hasMessageContaining("begins with none of")
        .hasMessageNotContaining("secret-path");
    assertThat(failure("hook=http://secret path"))
        .hasMessageContaining("is no address")
        .hasMessageNotContaining("secret path");
  }

  @Test
  void mailGoesToItsServer() throws Exception {
    GreenMail mail =
        new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP).dynamicPort());
    mail.start();
    try {
      int port = mail.getSmtp().getPort();
      messages(
              "me=mailto:me@example.org",
              "smtp=smtp://127.0.0.1:" + port,
              "mail_from=nomad-ml@example.org")
          .send(notice(Event.FINISHED, "me"), LINK);
      MimeMessage message = mail.getReceivedMessages()[0];
      assertThat(message.getSubject()).isEqualTo("digits-1 has finished");
      assertThat(message.getAllRecipients()[0]).hasToString("me@example.org");
      assertThat(message.getFrom()[0]).hasToString("nomad-ml@example.org");
      assertThat(message.getContent().toString())
          .contains("validation_accuracy 0.5000", LINK.toString());
    } finally {
      mail.stop();
    }
  }

  @Test
  void aPasswordIsNotSentWithoutTls() throws IOException {
    GreenMail mail =
        new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP).dynamicPort());
    mail.setUser("user", "pass-word");
    mail.start();
    try {
      String smtp = "smtp=smtp://user@127.0.0.1:" + mail.getSmtp().getPort();
      assertThat(failure("hook=mailto:me@example.org", smtp, "smtp_password=pass-word"))
          .hasMessageContaining("STARTTLS")
          .hasMessageNotContaining("pass-word");
      assertThat(mail.getReceivedMessages()).isEmpty();
    } finally {
      mail.stop();
    }
  }

  @Test
  void settingsAreNoNames() throws IOException {
    Messages messages = messages("# a comment", "smtp=smtp://localhost", "me=mailto:a@b.c", "x=");
    assertThat(messages.knows("me")).isTrue();
    assertThat(messages.knows("smtp")).isFalse();
    assertThat(messages.knows("nobody")).isFalse();
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    SchedulerFailure failure =
        Objects.requireNonNull(
            catchThrowableOfType(
                SchedulerFailure.class, () -> Messages.from(folder.resolve("nowhere"))));
    assertThat(failure).hasMessageContaining("nowhere");
    assertThat(failure.hint()).contains("NOMAD_ML_NOTIFY");
  }

  private SchedulerFailure failure(String... lines) throws IOException {
    Messages messages = messages(lines);
    return Objects.requireNonNull(
        catchThrowableOfType(
            SchedulerFailure.class, () -> messages.send(notice(Event.FAILED, "hook"), LINK)));
  }

  private Messages messages(String... lines) throws IOException {
    return Messages.from(Files.write(folder.resolve("notify"), List.of(lines)));
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/secret-path";
  }

  private static Notice notice(Event event, String to) {
    Map<String, String> tags =
        Map.of(
            Names.TAG_JOB,
            "digits-1",
            Names.TAG_CAUSE,
            "nan_loss",
            Names.TAG_EVIDENCE,
            "loss <NaN> & gone");
    Run run =
        new Run(
            "run-1",
            "1",
            "digits",
            "FAILED",
            tags,
            Map.of("validation_accuracy", 0.5, "system/cpu", 1.0),
            START,
            START.plusSeconds(60));
    return new Notice(run, event, to);
  }
}
