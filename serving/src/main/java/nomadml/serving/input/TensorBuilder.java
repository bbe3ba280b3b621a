package nomadml.serving.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Collects numbers of one type. */
final class TensorBuilder {
  private final ElementType type;
  private ByteBuffer data;

  /** Room for so many elements; it grows. */
  TensorBuilder(ElementType type, int elements) {
    this.type = type;
    this.data = allocate(Math.max(16, elements) * type.bytes());
  }

  ElementType type() {
    return type;
  }

  int elements() {
    return data.position() / type.bytes();
  }

  /** Adds a number; false when the type can't hold it. NaN is held by floating types only. */
  boolean add(double number) {
    if (data.remaining() < type.bytes()) {
      ByteBuffer larger = allocate(Math.multiplyExact(data.capacity(), 2));
      data = larger.put(data.flip());
    }
    switch (type) {
      case FLOAT32 -> {
        float rounded = (float) number;
        if (Float.isInfinite(rounded)) {
          return false;
        }
        data.putFloat(rounded);
      }
      case FLOAT64 -> {
        if (Double.isInfinite(number)) {
          return false;
        }
        data.putDouble(number);
      }
      case INT64 -> {
        long whole = (long) number;
        if (whole != number || Math.abs(number) > 1L << 53) {
          return false;
        }
        data.putLong(whole);
      }
      case INT32 -> {
        int whole = (int) number;
        if (whole != number) {
          return false;
        }
        data.putInt(whole);
      }
      case INT8, UINT8, BOOL -> {
        int whole = (int) number;
        int least = type == ElementType.INT8 ? -128 : 0;
        if (whole != number || whole < least || whole > most()) {
          return false;
        }
        data.put((byte) whole);
      }
    }
    return true;
  }

  private int most() {
    return switch (type) {
      case INT8 -> 127;
      case BOOL -> 1;
      default -> 255;
    };
  }

  /** What was collected, as rows of a shape. */
  Tensor rows(int rows, int... shape) {
    return new Tensor(type, shape, rows, data.flip().order(ByteOrder.LITTLE_ENDIAN));
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
