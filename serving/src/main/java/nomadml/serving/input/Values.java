package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The elements of an input, flat or nested: its type may stand behind them. */
final class Values {
  private final List<String> texts = new ArrayList<>();
  private double[] numbers = new double[64];
  private int count;

  void read(JsonParser json) throws IOException, RefusedRequestException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw RefusedRequestException.bad("data is no list: " + Rows.shown(json));
    }
    int depth = 1;
    while (depth > 0) {
      switch (json.nextToken()) {
        case START_ARRAY -> depth++;
        case END_ARRAY -> depth--;
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> add(json.getDoubleValue());
        case VALUE_TRUE -> add(1);
        case VALUE_FALSE -> add(0);
        case VALUE_NULL -> add(Double.NaN);
        case VALUE_STRING -> texts.add(json.getText());
        default -> throw RefusedRequestException.bad("data holds " + Rows.shown(json));
      }
    }
  }

  private void add(double number) {
    if (count == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * count);
    }
    numbers[count++] = number;
  }

  /** As the type says, or texts where there is none. */
  NamedTensor tensor(
      String name, int[] shape, int elements, @Nullable ElementType type, String what)
      throws RefusedRequestException {
    int found = type == null ? texts.size() : count;
    int others = type == null ? count : texts.size();
    if (others > 0) {
      throw RefusedRequestException.bad(
          what
              + (type == null
                  ? "is BYTES, and holds numbers"
                  : "holds texts, and is " + type.protocol()));
    }
    if (found != elements) {
      throw RefusedRequestException.bad(
          what
              + "has %d elements, its shape %s has %d"
                  .formatted(found, Arrays.toString(shape), elements));
    }
    if (type == null) {
      return new NamedTensor(name, shape, texts, null, null);
    }
    TensorBuilder values = new TensorBuilder(type, elements);
    for (int i = 0; i < elements; i++) {
      if (!values.add(numbers[i])) {
        throw RefusedRequestException.bad(
            what + "holds %s, which is no %s".formatted(numbers[i], type.protocol()));
      }
    }
    return new NamedTensor(name, shape, null, type, values.rows(1, elements).data());
  }

  /** Each text is its length in four bytes, and its UTF-8. */
  static List<String> texts(ByteBuffer data, int elements, String what)
      throws RefusedRequestException {
    List<String> texts = new ArrayList<>();
    while (data.remaining() >= Integer.BYTES && texts.size() < elements) {
      int length = data.getInt();
      if (length < 0 || length > data.remaining()) {
        throw RefusedRequestException.bad(
            what + "has a text of %d bytes, %d are left".formatted(length, data.remaining()));
      }
      byte[] text = new byte[length];
      data.get(text);
      texts.add(new String(text, StandardCharsets.UTF_8));
    }
    if (texts.size() != elements || data.hasRemaining()) {
      throw RefusedRequestException.bad(
          what + "has %d texts, its shape has %d".formatted(texts.size(), elements));
    }
    return texts;
  }
}
