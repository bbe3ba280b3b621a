package nomadml.serving.input;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a tensor is made of.
 *
 * @see <a href="https://github.com/kserve/open-inference-protocol">Open Inference Protocol, Tensor
 *     Data Types</a>
 */
public enum ElementType {
  FLOAT32("FP32", "float32", 4),
  FLOAT64("FP64", "float64", 8),
  INT64("INT64", "int64", 8),
  INT32("INT32", "int32", 4),
  INT8("INT8", "int8", 1),
  UINT8("UINT8", "uint8", 1),
  BOOL("BOOL", "bool", 1);

  private final String protocol;
  private final String numpy;
  private final int bytes;

  ElementType(String protocol, String numpy, int bytes) {
    this.protocol = protocol;
    this.numpy = numpy;
    this.bytes = bytes;
  }

  /** The protocol's word, such as {@code FP32}. */
  public String protocol() {
    return protocol;
  }

  /** NumPy's word, such as {@code float32}. */
  public String numpy() {
    return numpy;
  }

  public int bytes() {
    return bytes;
  }

  boolean isFloating() {
    return this == FLOAT32 || this == FLOAT64;
  }

  static Optional<ElementType> ofProtocol(@Nullable String word) {
    return Arrays.stream(values()).filter(type -> type.protocol.equals(word)).findFirst();
  }

  /** By NumPy's word. */
  public static Optional<ElementType> ofNumpy(String word) {
    return Arrays.stream(values()).filter(type -> type.numpy.equals(word)).findFirst();
  }

  /** The element at a byte position, as a number every type here fits into but large INT64s. */
  public double number(ByteBuffer data, int position) {
    return switch (this) {
      case FLOAT32 -> data.getFloat(position);
      case FLOAT64 -> data.getDouble(position);
      case INT64 -> data.getLong(position);
      case INT32 -> data.getInt(position);
      case INT8 -> data.get(position);
      case UINT8, BOOL -> data.get(position) & 0xff;
    };
  }
}
