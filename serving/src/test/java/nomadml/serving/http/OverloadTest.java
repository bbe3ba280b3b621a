package nomadml.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import nomadml.serving.Models;
import nomadml.serving.TestServer;
import nomadml.serving.batch.Batching;
import nomadml.serving.batch.Network;
import nomadml.serving.batch.NetworkException;
import nomadml.serving.batch.Served;
import nomadml.serving.input.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More than the server can answer, and versions that come and go meanwhile. */
final class OverloadTest {
  private static final String BODY = "{\"inputs\": [[30, \"red\", true]]}";
  private static final TestServer.Options SMALL =
      new TestServer.Options(4, 2000, new Batching(2, Duration.ZERO));

  /** Answers once it is let go. */
  private static final class Held implements Network {
    private final Network network;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile boolean closedTooSoon;

    Held(Network network) {
      this.network = network;
    }

    @Override
    public Tensor forward(List<Tensor> parts) throws NetworkException {
      asked.countDown();
      try {
        free.await();
      } catch (InterruptedException e) {
        throw new NetworkException("interrupted", e);
      }
      closedTooSoon |= closed;
      Tensor outputs = network.forward(parts);
      answered.countDown();
      return outputs;
    }

    @Override
    public String device() {
      return network.device();
    }

    @Override
    public void close() {
      closed = true;
      network.close();
    }
  }

  private static Held hold(TestServer server, Path folder) throws IOException {
    ActiveModel model = server.serve(folder, "1");
    Held held = new Held(model.served().network());
    model.served().hold(); // Its network lives on in the held one.
    server.state.serve(
        new ActiveModel(
            model.identity(),
            model.folder(),
            new Served(held, false, model.metrics()),
            model.metrics()));
    return held;
  }

  @Test
  void refusesWhatTheQueueHasNoRoomForAndAnswersTheRest(@TempDir Path folder) throws Exception {
    try (TestServer server = new TestServer(SMALL)) {
      Held held = hold(server, Models.table(folder, 1));
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(server.postLater("/invocations", BODY));
      }
      List<HttpResponse<String>> refused = new ArrayList<>();
      while (refused.size() < 16) {
        refused =
            answers.stream()
                .filter(CompletableFuture::isDone)
                .map(CompletableFuture::join)
                .toList();
      }
      assertThat(refused).allMatch(answer -> answer.statusCode() == 429);
      assertThat(refused.get(0).headers().firstValue("Retry-After")).contains("1");
      assertThat(refused.get(0).body()).contains("REQUEST_LIMIT_EXCEEDED", "at most 4 may");
      assertThat(server.get("/health").statusCode()).as("the loop is not held up").isEqualTo(200);
      assertThat(server.get("/metrics").body())
          .contains("serving_errors_total{model=\"m\",version=\"1\",cause=\"queue_full\",} 16.0");
      held.free.countDown();
      assertThat(answers.stream().map(CompletableFuture::join).filter(a -> a.statusCode() == 200))
          .hasSize(4);
      assertThat(server.admission.rows()).isZero();
    }
  }

  @Test
  void answersInTimeThatARequestWaitedTooLong(@TempDir Path folder) throws Exception {
    try (TestServer server = new TestServer(SMALL)) {
      Held held = hold(server, Models.table(folder, 1));
      HttpResponse<String> answer =
          server.post(
              "/invocations",
              "application/json",
              BODY.getBytes(StandardCharsets.UTF_8),
              "X-Request-Timeout-Ms",
              "50");
      assertThat(answer.statusCode()).isEqualTo(504);
      assertThat(answer.body()).contains("DEADLINE_EXCEEDED");
      held.free.countDown();
      assertThat(server.post("/invocations", "application/json", BODY).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void finishesRequestsOfAVersionThatWasReplaced(@TempDir Path folder) throws Exception {
    try (TestServer server = new TestServer(SMALL)) {
      Held held = hold(server, Models.table(folder.resolve("1"), 1));
      CompletableFuture<HttpResponse<String>> old = server.postLater("/invocations", BODY);
      held.asked.await();
      server.serve(Models.table(folder.resolve("2"), 2), "2");
      HttpResponse<String> fresh = server.post("/invocations", "application/json", BODY);
      assertThat(fresh.headers().firstValue("X-Model-Version")).contains("2");
      held.free.countDown();
      assertThat(old.join().statusCode()).isEqualTo(200);
      assertThat(old.join().headers().firstValue("X-Model-Version")).contains("1");
      assertThat(old.join().body()).isNotEqualTo(fresh.body());
    }
  }

  /** Native memory that is freed under a running batch would end the process. */
  @Test
  void closesAReplacedNetworkOnlyAfterTheBatchNobodyWaitsFor(@TempDir Path folder)
      throws Exception {
    try (TestServer server = new TestServer(SMALL)) {
      Held held = hold(server, Models.table(folder.resolve("1"), 1));
      HttpResponse<String> late =
          server.post(
              "/invocations",
              "application/json",
              BODY.getBytes(StandardCharsets.UTF_8),
              "X-Request-Timeout-Ms",
              "50");
      assertThat(late.statusCode()).isEqualTo(504);
      held.asked.await();
      server.serve(Models.table(folder.resolve("2"), 2), "2");
      assertThat(held.closed).as("its batch is under way").isFalse();
      held.free.countDown();
      held.answered.await();
      assertThat(held.closedTooSoon).isFalse();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!held.closed && System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      assertThat(held.closed).as("and then it is").isTrue();
    }
  }

  @Test
  void refusesABodyThatIsTooLarge(@TempDir Path folder) throws Exception {
    try (TestServer server = TestServer.of(Models.table(folder, 1), SMALL)) {
      HttpResponse<String> answer =
          server.post("/invocations", "application/json", BODY + " ".repeat(5000));
      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body()).contains("more than 2000 bytes");
      assertThat(server.post("/invocations", "application/json", BODY).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void refusesRowsThatWouldFillTheMemory(@TempDir Path folder) throws Exception {
    TestServer.Options large =
        new TestServer.Options(1024, 8 << 20, new Batching(64, Duration.ZERO));
    try (TestServer server = TestServer.of(Models.table(folder, 1), large)) {
      String body = "{\"dataframe_records\": [" + "{},".repeat(1_000_000) + "{}]}";
      HttpResponse<String> answer = server.post("/invocations", "application/json", body);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
      assertThat(answer.body()).contains("send fewer at once");
    }
  }

  @Test
  void answersMoreRowsThanTheQueueHoldsWhileNobodyElseAsks(@TempDir Path folder) throws Exception {
    try (TestServer server =
        TestServer.of(
            Models.table(folder, 1),
            new TestServer.Options(4, 1 << 20, new Batching(2, Duration.ZERO)))) {
      String rows = "[30, \"red\", true],".repeat(1299) + "[30, \"red\", true]";
      HttpResponse<String> answer =
          server.post("/invocations", "application/json", "{\"inputs\": [" + rows + "]}");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body().split("\\],\\[", -1)).hasSize(1300);
    }
  }

  @Test
  void isNotReadyBeforeAModelIsLoadedNorOnceItLeaves(@TempDir Path folder) throws Exception {
    try (TestServer server = new TestServer(SMALL)) {
      assertThat(server.get("/health").statusCode()).isEqualTo(503);
      assertThat(server.get("/v2/health/live").statusCode()).isEqualTo(200);
      assertThat(server.post("/invocations", "application/json", BODY).statusCode()).isEqualTo(503);
      server.serve(Models.table(folder, 1), "1");
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
      server.state.drain();
      assertThat(server.get("/health").statusCode()).isEqualTo(503);
      HttpResponse<String> last = server.post("/invocations", "application/json", BODY);
      assertThat(last.statusCode()).as("it still answers").isEqualTo(200);
      assertThat(last.headers().firstValue("Connection")).contains("close");
    }
  }

  @Test
  void countsAndLogsEachRequest(@TempDir Path folder) throws Exception {
    try (TestServer server = TestServer.of(Models.table(folder, 1))) {
      HttpResponse<String> own =
          server.post(
              "/invocations",
              "application/json",
              BODY.getBytes(StandardCharsets.UTF_8),
              "X-Request-Id",
              "a-1");
      assertThat(own.headers().firstValue("X-Request-Id")).contains("a-1");
      HttpResponse<String> other =
          server.post(
              "/invocations",
              "application/json",
              "{".getBytes(StandardCharsets.UTF_8),
              "X-Request-Id",
              "a\"}");
      assertThat(other.headers().firstValue("X-Request-Id")).get().asString().matches("[0-9a-f-]+");
      String metrics = server.get("/metrics").body();
      assertThat(metrics)
          .contains(
              "serving_requests_total{model=\"m\",version=\"1\",protocol=\"invocations\",code=\"200\",} 1.0",
              "serving_requests_total{model=\"m\",version=\"1\",protocol=\"invocations\",code=\"400\",} 1.0",
              "serving_rows_total{model=\"m\",version=\"1\",} 1.0",
              "serving_training_class_ratio{model=\"m\",version=\"1\",class=\"low\",} 0.5",
              "serving_model_info{model=\"m\",version=\"1\",digest=\"sha256:0\",run_id=\"run\",device=\"cpu\",} 1.0");
      assertThat(metrics.lines().filter(line -> line.startsWith("serving_predictions_total")))
          .hasSize(3)
          .anyMatch(line -> line.endsWith(" 1.0"));
      assertThat(server.log().lines())
          .hasSize(2)
          .anyMatch(
              line ->
                  line.contains("\"status\":200,\"rows\":1")
                      && line.contains("\"request_id\":\"a-1\""))
          .allMatch(line -> line.startsWith("{\"nomad_ml\":\"access\",\"time\":\"20"));
    }
  }
}
