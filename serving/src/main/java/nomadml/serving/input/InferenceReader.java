package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of the Open Inference Protocol, version 2, with its binary tensor data extension.
 *
 * @see <a href="https://github.com/kserve/open-inference-protocol">Open Inference Protocol</a>
 * @see <a
 *     href="https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md">Binary
 *     tensor data extension</a>
 */
public final class InferenceReader {
  /** What the one output of every model is called. */
  public static final String OUTPUT = "output";

  private final byte[] body;
  private final int header;
  private int binary;

  private final List<NamedTensor> inputs = new ArrayList<>();
  private @Nullable String id;
  private @Nullable String output;
  private boolean binaryOutput;

  private InferenceReader(byte[] body, int header) {
    this.body = body;
    this.header = header;
    this.binary = header;
  }

  /**
   * What a request asks for.
   *
   * @param id to be repeated in the answer
   * @param binary whether the answer's data follow its JSON as bytes
   */
  public record Inference(Tensor rows, @Nullable String id, boolean binary) {}

  /**
   * Reads a body.
   *
   * @param header how many of its bytes are JSON
   */
  public static Inference read(byte[] body, int header, Features features)
      throws RefusedRequestException {
    if (header < 0 || header > body.length) {
      throw RefusedRequestException.bad(
          "Inference-Header-Content-Length is %d, and the body has %d bytes"
              .formatted(header, body.length));
    }
    InferenceReader reader = new InferenceReader(body, header);
    try {
      reader.read();
    } catch (JsonProcessingException e) {
      throw RefusedRequestException.bad("the body is not JSON: " + InvocationsReader.reason(e));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing is read but memory.
    }
    if (reader.inputs.isEmpty()) {
      throw RefusedRequestException.bad("the request has no inputs");
    }
    if (reader.binary != body.length) {
      throw RefusedRequestException.bad(
          "%d bytes follow what the inputs' binary_data_size account for"
              .formatted(body.length - reader.binary));
    }
    if (reader.output != null && !reader.output.equals(OUTPUT)) {
      throw RefusedRequestException.bad(
          "the model has no output \"%s\", its output is \"%s\""
              .formatted(Rows.cut(reader.output), OUTPUT));
    }
    Rows rows = Rows.of(features);
    rows.tensors(reader.inputs);
    return new Inference(rows.tensor(), reader.id, reader.binaryOutput);
  }

  private void read() throws IOException, RefusedRequestException {
    try (JsonParser json = InvocationsReader.JSON.createParser(body, 0, header)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw RefusedRequestException.bad("the body must be a JSON object with inputs");
      }
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        switch (key) {
          case "id" -> id = text(json, "id");
          case "parameters" -> parameters(json, new Parameters());
          case "inputs" -> {
            list(json, "inputs");
            while (json.nextToken() != JsonToken.END_ARRAY) {
              input(json);
            }
          }
          case "outputs" -> {
            list(json, "outputs");
            while (json.nextToken() != JsonToken.END_ARRAY) {
              output(json);
            }
          }
          default -> json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        throw RefusedRequestException.bad("the body is not JSON: something follows the object");
      }
    }
  }

  /** Those that are known here; every other is left alone, as the protocol wants it. */
  private static final class Parameters {
    private @Nullable Integer bytes;
    private boolean binary;
  }

  private void parameters(JsonParser json, Parameters found)
      throws IOException, RefusedRequestException {
    object(json, "parameters");
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      json.nextToken();
      switch (key) {
        case "binary_data_size" -> found.bytes = size(json, key);
        case "binary_data" -> found.binary = json.currentToken() == JsonToken.VALUE_TRUE;
        case "binary_data_output" -> binaryOutput |= json.currentToken() == JsonToken.VALUE_TRUE;
        case "classification" ->
            throw RefusedRequestException.bad("the classification extension is not served");
        default -> json.skipChildren();
      }
    }
  }

  private void output(JsonParser json) throws IOException, RefusedRequestException {
    object(json, "an output");
    if (output != null) {
      throw RefusedRequestException.bad("the model has one output, and more are asked for");
    }
    Parameters found = new Parameters();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      json.nextToken();
      switch (key) {
        case "name" -> output = text(json, "an output's name");
        case "parameters" -> parameters(json, found);
        default -> json.skipChildren();
      }
    }
    binaryOutput |= found.binary;
  }

  private void input(JsonParser json) throws IOException, RefusedRequestException {
    object(json, "an input");
    String name = null;
    String type = null;
    int[] shape = null;
    Values data = null;
    Parameters parameters = new Parameters();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      json.nextToken();
      switch (key) {
        case "name" -> name = text(json, "an input's name");
        case "datatype" -> type = text(json, "datatype");
        case "shape" -> shape = shape(json);
        case "data" -> {
          data = new Values();
          data.read(json);
        }
        case "parameters" -> parameters(json, parameters);
        default -> json.skipChildren();
      }
    }
    if (name == null || type == null || shape == null) {
      throw RefusedRequestException.bad("an input needs name, shape and datatype");
    }
    inputs.add(tensor(name, type, shape, data, parameters.bytes));
  }

  private NamedTensor tensor(
      String name, String type, int[] shape, @Nullable Values data, @Nullable Integer bytes)
      throws RefusedRequestException {
    String what = "input \"%s\" ".formatted(Rows.cut(name));
    boolean texts = type.equals("BYTES");
    ElementType numbers = ElementType.ofProtocol(type).orElse(null);
    if (!texts && numbers == null) {
      throw RefusedRequestException.bad(
          what + "has the datatype %s, which is not served".formatted(Rows.cut(type)));
    }
    int elements;
    try {
      elements = Tensor.width(shape);
    } catch (ArithmeticException e) {
      throw RefusedRequestException.bad(what + "has too many elements");
    }
    if (data != null && bytes == null) {
      return data.tensor(name, shape, elements, numbers, what);
    }
    if (data != null || bytes == null) {
      throw RefusedRequestException.bad(what + "needs either data or binary_data_size");
    }
    ByteBuffer part = part(bytes, what);
    if (numbers == null) {
      return new NamedTensor(name, shape, Values.texts(part, elements, what), null, null);
    }
    long needed = (long) elements * numbers.bytes();
    if (needed != bytes) {
      throw RefusedRequestException.bad(
          what + "has %d bytes of binary data, its shape needs %d".formatted(bytes, needed));
    }
    return new NamedTensor(name, shape, null, numbers, part);
  }

  private ByteBuffer part(int bytes, String what) throws RefusedRequestException {
    if (bytes > body.length - binary) {
      throw RefusedRequestException.bad(
          what
              + "has %d bytes of binary data, %d are there".formatted(bytes, body.length - binary));
    }
    binary += bytes;
    return ByteBuffer.wrap(body, binary - bytes, bytes).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int[] shape(JsonParser json) throws IOException, RefusedRequestException {
    list(json, "shape");
    List<Integer> sizes = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      sizes.add(size(json, "a size in shape"));
    }
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int size(JsonParser json, String what)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() != JsonParser.NumberType.INT
        || json.getIntValue() < 0) {
      throw RefusedRequestException.bad(what + " is no count: " + Rows.shown(json));
    }
    return json.getIntValue();
  }

  private static String text(JsonParser json, String what)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw RefusedRequestException.bad(what + " is no text: " + Rows.shown(json));
    }
    return json.getText();
  }

  private static void list(JsonParser json, String what)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad(what + " is no list: " + Rows.shown(json));
    }
  }

  private static void object(JsonParser json, String what)
      throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw RefusedRequestException.bad(what + " is no object: " + Rows.shown(json));
    }
  }
}
