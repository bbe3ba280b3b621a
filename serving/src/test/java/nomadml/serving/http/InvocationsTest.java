package nomadml.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import nomadml.serving.Models;
import nomadml.serving.TestServer;
import nomadml.spec.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MLflow's scoring protocol over real connections and real networks. */
final class InvocationsTest {
  private static final String JSON = "application/json";
  private static TestServer table;
  private static TestServer images;
  private static TestServer texts;
  private static TestServer free;
  private static TestServer frame;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    table = TestServer.of(Models.table(folder.resolve("table"), 1));
    images = TestServer.of(Models.images(folder.resolve("images")));
    texts = TestServer.of(Models.texts(folder.resolve("texts")));
    free = TestServer.of(Models.torchScript(folder.resolve("free"), "torch.mul(x, 2)"));
    frame =
        TestServer.of(
            Models.signed(
                folder.resolve("frame"),
                "torch.mul(x, 2)",
                "[{\"type\": \"double\", \"name\": \"a\"}, {\"type\": \"double\", \"name\": \"b\"}]"));
  }

  @AfterAll
  static void stop() {
    List.of(table, images, texts, free, frame).forEach(TestServer::close);
  }

  /** All say: 30, red, member. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"dataframe_split\": {\"columns\": [\"age\", \"colour\", \"member\"], \"data\": [[30, \"red\", true]]}}",
        "{\"dataframe_split\": {\"data\": [[\"red\", 30.0, 1, 7]], \"index\": [4], \"columns\": [\"colour\", \"age\", \"member\", \"more\"]}}",
        "{\"dataframe_split\": {\"data\": [[30, \"red\", \"true\"]]}}",
        "{\"dataframe_records\": [{\"member\": true, \"colour\": \"red\", \"other\": [1, {}], \"age\": 30}]}",
        "{\"instances\": [{\"age\": \"30\", \"colour\": \" red \", \"member\": \"True\"}]}",
        "{\"instances\": [[30, \"red\", true]]}",
        "{\"inputs\": {\"age\": [30], \"colour\": [\"red\"], \"member\": [true]}}",
        "{\"inputs\": [[30, \"red\", true]], \"params\": {\"temperature\": 1}}",
      })
  void takesEveryFormOfATable(String body) throws IOException {
    assertThat(predictions(table, body))
        .isEqualTo(predictions(table, "{\"inputs\": [[30, \"red\", true]]}"));
  }

  @Test
  void takesCsv() throws IOException {
    HttpResponse<String> answer =
        table.post(
            "/invocations",
            "text/csv; charset=utf-8",
            "colour,member,age\nred,true,30\n\nblue,,\n");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(tree(answer).get("predictions"))
        .isEqualTo(
            predictions(
                table,
                "{\"dataframe_records\": [{\"age\": 30, \"colour\": \"red\", \"member\": true},"
                    + " {\"age\": NaN, \"colour\": \"blue\", \"member\": null}]}"));
  }

  @Test
  void answersARowOfProbabilitiesForEachRow() throws IOException {
    JsonNode rows =
        predictions(table, "{\"inputs\": [[30, \"red\", true], [1, \"green\", false]]}");
    assertThat(rows).hasSize(2);
    for (JsonNode row : rows) {
      assertThat(row).hasSize(3);
      double sum = row.get(0).asDouble() + row.get(1).asDouble() + row.get(2).asDouble();
      assertThat(sum).isCloseTo(1, within(1e-6));
    }
    assertThat(rows.get(0)).isNotEqualTo(rows.get(1));
  }

  @Test
  void takesImagesAsFilesAndAsNumbers() throws IOException {
    BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
    StringBuilder planes = new StringBuilder();
    for (int channel = 0; channel < 3; channel++) {
      planes.append(channel == 0 ? "[" : ", [");
      for (int y = 0; y < 4; y++) {
        planes.append(y == 0 ? "[" : ", [");
        for (int x = 0; x < 4; x++) {
          int value = 10 * channel + 20 * y + x;
          planes.append(x == 0 ? "" : ", ").append(value);
          image.setRGB(x, y, image.getRGB(x, y) | value << (16 - 8 * channel));
        }
        planes.append(']');
      }
      planes.append(']');
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    HttpResponse<String> answer = images.post("/invocations", "image/png", png.toByteArray());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(tree(answer).get("predictions"))
        .isEqualTo(predictions(images, "{\"inputs\": [[" + planes + "]]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"dataframe_split\": {\"columns\": [\"text\"], \"data\": [[\"A GOOD day\"], [\"bad\"]]}}",
        "{\"dataframe_records\": [{\"text\": \"a good day\"}, {\"text\": \"bad\"}]}",
        "{\"instances\": [\"a good day\", \"bad\"]}",
        "{\"inputs\": {\"text\": [\"a good day\", \"bad\"]}}",
      })
  void takesEveryFormOfTexts(String body) throws IOException {
    JsonNode rows = predictions(texts, "{\"inputs\": [\"a good day\", \"bad\"]}");
    assertThat(rows).hasSize(2);
    assertThat(predictions(texts, body)).isEqualTo(rows);
  }

  @Test
  void answersAnyShapeOfANetworkThatNamesNone() throws IOException {
    assertThat(predictions(free, "{\"inputs\": [[[1, 2], [3, 4]]]}"))
        .hasToString("[[[2.0,4.0],[6.0,8.0]]]");
    assertThat(predictions(free, "{\"instances\": [1, 2]}")).hasToString("[2.0,4.0]");
  }

  /** As MLflow's PyTorch flavor does. */
  @Test
  void answersADataFrameWithADataFrameWhereNoLoaderOfOursIsInTheModel() throws IOException {
    assertThat(
            predictions(
                frame, "{\"dataframe_split\": {\"columns\": [\"b\", \"a\"], \"data\": [[1, 2]]}}"))
        .hasToString("[{\"0\":4.0,\"1\":2.0}]");
    assertThat(predictions(frame, "{\"inputs\": {\"a\": [2], \"b\": [1]}}"))
        .hasToString("[[4.0,2.0]]");
  }

  /** The next of a connection's requests is handled inside the answer to the one before. */
  @Test
  void answersPipelinedRequestsInTheirOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 1; i <= 8; i++) {
      String body = "{\"inputs\": [%d]}".formatted(i);
      requests.append(
          "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
              .formatted(body.length(), i == 8 ? "Connection: close\r\n" : "", body));
    }
    String answers;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), free.server().port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
      answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
    List<String> bodies =
        Pattern.compile("\\{.*\\}").matcher(answers).results().map(MatchResult::group).toList();
    assertThat(bodies)
        .isEqualTo(
            IntStream.rangeClosed(1, 8)
                .mapToObj(i -> "{\"predictions\":[" + 2.0 * i + "]}")
                .toList());
  }

  @ParameterizedTest
  @CsvFileSource(
      resources = "malformed.csv",
      delimiter = '|',
      numLinesToSkip = 1,
      quoteCharacter = '`',
      maxCharsPerColumn = 100_000)
  void refuses(String model, String type, String body, int status, String reason)
      throws IOException {
    TestServer server =
        switch (model) {
          case "images" -> images;
          case "texts" -> texts;
          case "free" -> free;
          case "frame" -> frame;
          default -> table;
        };
    String path = type.startsWith("v2") ? "/v2/models/m/infer" : "/invocations";
    HttpResponse<String> answer =
        server.post(
            path, type.replaceFirst("^v2 ?", "").isEmpty() ? JSON : type, body == null ? "" : body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(reason);
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
  }

  private static JsonNode predictions(TestServer server, String body) throws IOException {
    HttpResponse<String> answer = server.post("/invocations", JSON, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return tree(answer).get("predictions");
  }

  private static JsonNode tree(HttpResponse<String> answer) throws IOException {
    return Json.MAPPER.readTree(answer.body());
  }
}
