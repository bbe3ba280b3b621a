package nomadml.serving.input;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An input of the Open Inference Protocol.
 *
 * @param texts of type BYTES, else null
 * @param type and numbers, of every other type
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record NamedTensor(
    String name,
    int[] shape,
    @Nullable List<String> texts,
    @Nullable ElementType type,
    @Nullable ByteBuffer numbers) {

  int rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  int elements() {
    return Tensor.width(shape);
  }

  /** A single value in each row: shape (n) or (n, 1). */
  boolean isColumn() {
    return shape.length >= 1 && elements() == shape[0];
  }

  double number(int position) {
    ElementType known = Objects.requireNonNull(type);
    return known.number(Objects.requireNonNull(numbers), position * known.bytes());
  }
}
