package nomadml.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import nomadml.serving.Models;
import nomadml.serving.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies nobody meant to send: each is answered, and none of them is the server's fault. */
final class FuzzTest {
  private static final int BODIES = 12_000;
  private static final int AT_ONCE = 16;
  private static final String JSON = "application/json";

  private static final List<String> SEEDS =
      List.of(
          "{\"dataframe_split\": {\"columns\": [\"age\", \"colour\", \"member\"], \"data\": [[30, \"red\", true], [NaN, null, false]]}}",
          "{\"dataframe_records\": [{\"age\": 1e3, \"colour\": \"red\", \"member\": \"true\"}]}",
          "{\"inputs\": {\"age\": [30], \"colour\": [\"red\"], \"member\": [true]}}",
          "{\"instances\": [[[[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]]]]}",
          "{\"inputs\": [\"a good day\", \"\\u00e9\\ud83d\\ude00\"]}",
          "age,colour,member\n30,red,true\n\"4\",\"b\"\"l\",\n",
          "{\"id\": \"1\", \"inputs\": [{\"name\": \"x\", \"shape\": [1, 3], \"datatype\": \"FP32\", \"data\": [1, 2, 3]}], \"outputs\": [{\"name\": \"output\", \"parameters\": {\"binary_data\": true}}]}",
          "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 3], \"datatype\": \"FP32\", \"parameters\": {\"binary_data_size\": 12}}]}abcdefghijkl");
  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "\\",
          "null",
          "true",
          "-",
          "1e400",
          "1e-400",
          "NaN",
          "-Infinity",
          "9223372036854775808",
          "0.1",
          "\"inputs\"",
          "\"data\"",
          "\"columns\"",
          "\"shape\"",
          "[[[[[[[[[[[",
          "\u0000",
          "\uFFFF",
          "\"\\ud800\"",
          "\"BYTES\"",
          "\"INT64\"",
          "[-1]",
          "[0]",
          "[2147483647]",
          "{}",
          "[]",
          "\n",
          "é");
  private static final List<String> TYPES =
      List.of(
          JSON, JSON, JSON, "text/csv", "image/png", "image/gif", "application/octet-stream", "");

  @Test
  void answersWhateverIsSent(@TempDir Path folder) throws IOException {
    Random random = new Random(20261130);
    Map<Integer, Integer> statuses = new TreeMap<>();
    List<TestServer> servers =
        List.of(
            TestServer.of(Models.table(folder.resolve("table"), 1)),
            TestServer.of(Models.images(folder.resolve("images"))),
            TestServer.of(Models.texts(folder.resolve("texts"))),
            TestServer.of(Models.torchScript(folder.resolve("free"), "torch.mul(x, 2)")));
    HttpClient client = HttpClient.newHttpClient();
    try {
      for (int sent = 0; sent < BODIES; sent += AT_ONCE) {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          TestServer server = servers.get(random.nextInt(servers.size()));
          answers.add(
              client.sendAsync(request(server, random), HttpResponse.BodyHandlers.ofString()));
        }
        answers.forEach(answer -> statuses.merge(answer.join().statusCode(), 1, Integer::sum));
      }
      assertThat(statuses.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(BODIES);
      assertThat(statuses.keySet()).as(statuses.toString()).allMatch(status -> status < 500);
      assertThat(statuses.get(200)).as("some are right").isGreaterThan(100);
      assertThat(statuses.get(400)).as("most are wrong").isGreaterThan(5000);
      assertThat(
              servers
                  .get(0)
                  .post("/invocations", JSON, "{\"inputs\": [[1, \"red\", true]]}")
                  .statusCode())
          .isEqualTo(200);
      for (TestServer server : servers) {
        assertThat(server.admission.rows()).isZero();
        assertThat(server.state.inFlight()).isZero();
      }
    } finally {
      servers.forEach(TestServer::close);
    }
  }

  private static HttpRequest request(TestServer server, Random random) {
    boolean v2 = random.nextInt(3) == 0;
    String type = TYPES.get(random.nextInt(TYPES.size()));
    byte[] body = mutated(random);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.uri(v2 ? "/v2/models/m/infer" : "/invocations"))
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    if (v2 && random.nextBoolean()) {
      request.header(
          "Inference-Header-Content-Length", Integer.toString(random.nextInt(body.length + 10)));
    }
    return request.build();
  }

  /** A right body with a few wrongs, none at all now and then. */
  private static byte[] mutated(Random random) {
    byte[] body = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.UTF_8).clone();
    int wrongs = random.nextInt(5);
    for (int i = 0; i < wrongs && body.length > 0; i++) {
      int at = random.nextInt(body.length);
      switch (random.nextInt(5)) {
        case 0 -> body[at] = (byte) random.nextInt(256);
        case 1 -> body = Arrays.copyOf(body, at);
        case 2 -> body = spliced(body, at, at, PIECES.get(random.nextInt(PIECES.size())));
        case 3 -> {
          int end = Math.min(body.length, at + random.nextInt(12));
          body = spliced(body, at, end, PIECES.get(random.nextInt(PIECES.size())));
        }
        default -> {
          int end = Math.min(body.length, at + random.nextInt(40));
          String again = new String(body, at, end - at, StandardCharsets.ISO_8859_1);
          body = spliced(body, at, at, again.repeat(1 + random.nextInt(20)));
        }
      }
    }
    return body;
  }

  private static byte[] spliced(byte[] body, int from, int to, String piece) {
    byte[] inserted = piece.getBytes(StandardCharsets.UTF_8);
    byte[] result = new byte[from + inserted.length + body.length - to];
    System.arraycopy(body, 0, result, 0, from);
    System.arraycopy(inserted, 0, result, from, inserted.length);
    System.arraycopy(body, to, result, from + inserted.length, body.length - to);
    return result;
  }
}
