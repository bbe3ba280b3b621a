package nomadml.serving.input;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Rows of numbers: what a network takes, and what it answers.
 *
 * @param shape of one row; empty for a single number
 * @param data all rows, from the buffer's first byte on, little-endian
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by sameRows alone.
public record Tensor(ElementType type, int[] shape, int rows, ByteBuffer data) {

  /** Elements of one row. */
  public int width() {
    return width(shape);
  }

  public static int width(int[] shape) {
    int width = 1;
    for (int size : shape) {
      width = Math.multiplyExact(width, size);
    }
    return width;
  }

  /** Bytes of one row. */
  public int rowBytes() {
    return width() * type.bytes();
  }

  /** Whether the rows of both fit into one tensor. */
  public boolean sameRows(Tensor other) {
    return type == other.type && Arrays.equals(shape, other.shape);
  }

  /** Some of the rows; the data is shared. */
  public Tensor slice(int from, int count) {
    ByteBuffer part = data.duplicate().order(data.order());
    part.position(from * rowBytes()).limit((from + count) * rowBytes());
    return new Tensor(type, shape, count, part.slice().order(data.order()));
  }
}
