package nomadml.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import nomadml.serving.Models;
import nomadml.serving.TestServer;
import nomadml.spec.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Open Inference Protocol, version 2, with binary tensors. */
final class InferenceProtocolTest {
  private static final String INFER = "/v2/models/m/infer";
  private static TestServer table;
  private static TestServer images;
  private static TestServer texts;
  private static TestServer integers;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    table = TestServer.of(Models.table(folder.resolve("table"), 1));
    images = TestServer.of(Models.images(folder.resolve("images")));
    texts = TestServer.of(Models.texts(folder.resolve("texts")));
    integers =
        TestServer.of(
            Models.signed(
                folder.resolve("integers"),
                "torch.mul(x, 2)",
                "[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"int64\", \"shape\": [-1, 2]}}]"));
  }

  @AfterAll
  static void stop() {
    table.close();
    images.close();
    texts.close();
    integers.close();
  }

  @Test
  void saysWhatItIs() throws IOException {
    assertThat(json(table.get("/v2")).get("extensions")).hasToString("[\"binary_tensor_data\"]");
    assertThat(table.get("/v2/health/live").statusCode()).isEqualTo(200);
    assertThat(table.get("/v2/health/ready").statusCode()).isEqualTo(200);
    assertThat(table.get("/v2/models/m/ready").statusCode()).isEqualTo(200);
    assertThat(table.get("/v2/models/m/versions/1/ready").statusCode()).isEqualTo(200);
    JsonNode model = json(table.get("/v2/models/m/versions/1"));
    assertThat(model.at("/inputs/1"))
        .hasToString("{\"name\":\"colour\",\"datatype\":\"BYTES\",\"shape\":[-1]}");
    assertThat(model.at("/outputs/0"))
        .hasToString("{\"name\":\"output\",\"datatype\":\"FP32\",\"shape\":[-1,3]}");
    assertThat(json(images.get("/v2/models/m")).at("/inputs/0/shape")).hasToString("[-1,3,4,4]");
  }

  @Test
  void hasNoOtherModelAndNoOtherVersion() throws IOException {
    for (String path :
        new String[] {"/v2/models/n", "/v2/models/m/versions/2", "/v2/models/n/ready"}) {
      HttpResponse<String> answer = table.get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(json(answer).get("error").asText()).contains("has model m, version 1");
    }
    assertThat(table.get("/v2/models").statusCode()).isEqualTo(404);
    assertThat(table.get(INFER).statusCode()).isEqualTo(405);
  }

  @Test
  void answersTensorsOfAllKindsAsInvocationsAnswersRows() throws IOException {
    JsonNode row =
        json(table.post("/invocations", "application/json", "{\"inputs\": [[30, \"red\", true]]}"))
            .at("/predictions/0");
    String columns =
        """
        {"id": "a", "inputs": [
          {"name": "age", "shape": [1, 1], "datatype": "FP64", "data": [30]},
          {"name": "colour", "shape": [1], "datatype": "BYTES", "data": ["red"]},
          {"name": "member", "shape": [1], "datatype": "BOOL", "data": [true]}]}
        """;
    JsonNode answer = json(table.post(INFER, "application/json", columns));
    assertThat(answer.get("id").asText()).isEqualTo("a");
    assertThat(answer.get("model_version").asText()).isEqualTo("1");
    assertThat(answer.at("/outputs/0/data")).isEqualTo(row);
    assertThat(answer.at("/outputs/0/shape")).hasToString("[1,3]");
    String matrix =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 3], \"datatype\": \"INT32\", \"data\": [[30, 1, 1]]}],"
            + " \"outputs\": [{\"name\": \"output\"}]}";
    assertThat(json(table.post(INFER, "application/json", matrix)).at("/outputs/0/shape"))
        .hasToString("[1,3]");
  }

  @Test
  void answersTextsAndIntegers() throws IOException {
    String text =
        "{\"inputs\": [{\"name\": \"text\", \"shape\": [2, 1], \"datatype\": \"BYTES\", \"data\": [\"good\", \"bad\"]}]}";
    assertThat(json(texts.post(INFER, "application/json", text)).at("/outputs/0/shape"))
        .hasToString("[2,3]");
    String whole =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"INT64\", \"data\": [3, -4]}]}";
    assertThat(json(integers.post(INFER, "application/json", whole)).at("/outputs/0"))
        .hasToString(
            "{\"name\":\"output\",\"shape\":[1,2],\"datatype\":\"INT64\",\"data\":[6,-8]}");
  }

  @Test
  void takesAndGivesBytes() throws Exception {
    String header =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 3, 4, 4], \"datatype\": \"FP32\","
            + " \"parameters\": {\"binary_data_size\": 192}}],"
            + " \"outputs\": [{\"name\": \"output\", \"parameters\": {\"binary_data\": true}}]}";
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(json.length + 192).order(ByteOrder.LITTLE_ENDIAN).put(json);
    for (int i = 0; i < 48; i++) {
      body.putFloat(i);
    }
    HttpResponse<byte[]> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(images.uri(INFER).toString()))
                    .header("Inference-Header-Content-Length", Integer.toString(json.length))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body.array()))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    int length =
        Integer.parseInt(
            answer.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
    JsonNode told = Json.MAPPER.readTree(Arrays.copyOf(answer.body(), length));
    assertThat(told.at("/outputs/0/parameters/binary_data_size").asInt()).isEqualTo(12);
    ByteBuffer floats = ByteBuffer.wrap(answer.body(), length, 12).order(ByteOrder.LITTLE_ENDIAN);
    float sum = floats.getFloat() + floats.getFloat() + floats.getFloat();
    assertThat(answer.body()).hasSize(length + 12);
    assertThat(sum).isBetween(0.999f, 1.001f);
  }

  @Test
  void refusesBytesThatDoNotFitTheirHeader() throws IOException {
    String header =
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 3, 4, 4], \"datatype\": \"FP32\","
            + " \"parameters\": {\"binary_data_size\": 192}}]}";
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    for (int bytes : new int[] {0, 191, 193}) {
      HttpResponse<String> answer =
          images.post(
              INFER,
              "application/octet-stream",
              Arrays.copyOf(json, json.length + bytes),
              "Inference-Header-Content-Length",
              Integer.toString(json.length));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(json(answer).get("error").asText()).contains("bytes");
    }
    for (String length : new String[] {"99999", "-1", "x"}) {
      HttpResponse<String> answer =
          images.post(INFER, "application/json", json, "Inference-Header-Content-Length", length);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("Inference-Header-Content-Length");
    }
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return Json.MAPPER.readTree(answer.body());
  }
}
