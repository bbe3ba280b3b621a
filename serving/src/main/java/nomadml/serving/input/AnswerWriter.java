package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers. A 32-bit float is written as the double it is equal to, as Python does, so that
 * nobody's reading loses a bit of it.
 */
public final class AnswerWriter {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS) // NaN, as Python writes and reads it.
          .build();

  private AnswerWriter() {}

  private interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * An answer of MLflow's scoring protocol.
   *
   * @param frame rows are objects of their numbers by place, as MLflow writes a data frame
   */
  public static byte[] predictions(Tensor outputs, boolean frame) {
    return rows("predictions", outputs, frame);
  }

  private static byte[] rows(String name, Tensor outputs, boolean frame) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeFieldName(name);
          json.writeStartArray();
          int width = outputs.width();
          for (int row = 0; row < outputs.rows(); row++) {
            if (frame) {
              json.writeStartObject();
              for (int i = 0; i < width; i++) {
                json.writeFieldName(Integer.toString(i));
                element(json, outputs, row * width + i);
              }
              json.writeEndObject();
            } else {
              nested(json, outputs, 0, row * width);
            }
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  /** A request for these rows, as {@code inputs}. */
  public static byte[] inputs(Tensor rows) {
    return rows("inputs", rows, false);
  }

  /** The JSON part of an answer of the Open Inference Protocol. */
  public static byte[] inference(
      String model, String version, @Nullable String id, Tensor outputs, boolean binary) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeStringField("model_name", model);
          json.writeStringField("model_version", version);
          if (id != null) {
            json.writeStringField("id", id);
          }
          json.writeArrayFieldStart("outputs");
          json.writeStartObject();
          json.writeStringField("name", InferenceReader.OUTPUT);
          json.writeArrayFieldStart("shape");
          json.writeNumber(outputs.rows());
          for (int size : outputs.shape()) {
            json.writeNumber(size);
          }
          json.writeEndArray();
          json.writeStringField("datatype", outputs.type().protocol());
          int elements = outputs.rows() * outputs.width();
          if (binary) {
            json.writeObjectFieldStart("parameters");
            json.writeNumberField("binary_data_size", elements * outputs.type().bytes());
            json.writeEndObject();
          } else {
            json.writeArrayFieldStart("data");
            for (int i = 0; i < elements; i++) {
              element(json, outputs, i);
            }
            json.writeEndArray();
          }
          json.writeEndObject();
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static int nested(JsonGenerator json, Tensor outputs, int dimension, int position)
      throws IOException {
    if (dimension == outputs.shape().length) {
      element(json, outputs, position);
      return position + 1;
    }
    json.writeStartArray();
    int next = position;
    for (int i = 0; i < outputs.shape()[dimension]; i++) {
      next = nested(json, outputs, dimension + 1, next);
    }
    json.writeEndArray();
    return next;
  }

  private static void element(JsonGenerator json, Tensor outputs, int position) throws IOException {
    ByteBuffer data = outputs.data();
    int at = position * outputs.type().bytes();
    switch (outputs.type()) {
      case FLOAT32 -> json.writeNumber((double) data.getFloat(at));
      case FLOAT64 -> json.writeNumber(data.getDouble(at));
      case INT64 -> json.writeNumber(data.getLong(at));
      case BOOL -> json.writeBoolean(data.get(at) != 0);
      default -> json.writeNumber((long) outputs.type().number(data, at));
    }
  }

  private static byte[] write(Content content) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512)) {
      try (JsonGenerator json = JSON.createGenerator(bytes)) {
        content.write(json);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing is written but memory.
    }
  }
}
