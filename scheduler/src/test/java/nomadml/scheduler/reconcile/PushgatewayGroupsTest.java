package nomadml.scheduler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PushgatewayGroupsTest {
  private static final String METRICS =
      """
      {"status":"success","data":[
        {"labels":{"job":"training","run_id":"a/b"},"last_push_successful":true,
         "push_time_seconds":{"time_stamp":"2026-01-01T00:00:00Z","type":"GAUGE",
           "metrics":[{"labels":{"instance":""},"value":"1.7672256e+09"}]}},
        {"labels":{"job":"backup"}},
        {"labels":{"job":"training"}}]}
      """;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private PushgatewayGroups groups;
  private volatile int status = 200;
  private volatile String body = METRICS;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath());
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    groups =
        new PushgatewayGroups(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void listsOnlyTheGroupsOfTrainings() {
    assertThat(groups.groups())
        .containsExactly(new GaugeGroups.Group("a/b", Instant.ofEpochSecond(1_767_225_600)));
  }

  @Test
  void deletesOneGroupWhateverItsName() {
    status = 202;
    groups.delete("a/b");
    assertThat(requests).containsExactly("DELETE /metrics/job/training/run_id@base64/YS9i");
  }

  @Test
  void saysWhichServerFailed() {
    status = 500;
    assertThatThrownBy(() -> groups.groups())
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE);
              assertThat(failure).hasMessageContaining(groups.name()).hasMessageContaining("500");
            });
    status = 200;
    body = "<html>";
    assertThatThrownBy(() -> groups.groups()).hasMessageContaining("no JSON");
    server.stop(0);
    assertThatThrownBy(() -> groups.groups()).hasMessageContaining("did not answer");
  }
}
