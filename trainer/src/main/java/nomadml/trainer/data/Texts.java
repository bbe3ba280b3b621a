package nomadml.trainer.data;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;
import nomadml.trainer.TrainingFailure;

/** A list of short texts in one array of bytes: a column of labels without an object a row. */
final class Texts extends AbstractList<String> implements RandomAccess {
  private static final int LIMIT = Integer.MAX_VALUE - 16;

  private byte[] bytes = new byte[1024];
  private int[] ends = new int[256];
  private int size;

  @Override
  public boolean add(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    long end = (long) start(size) + encoded.length;
    if (end > LIMIT) {
      throw TrainingFailure.userError(
          "the label column is above 2 GiB", "shorten its texts, or train on fewer rows");
    }
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(LIMIT, Math.max(end, 2L * bytes.length)));
    }
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, (int) Math.min(LIMIT, 2L * size));
    }
    System.arraycopy(encoded, 0, bytes, start(size), encoded.length);
    ends[size++] = (int) end;
    return true;
  }

  @Override
  public String get(int row) {
    if (row >= size) {
      throw new IndexOutOfBoundsException(row);
    }
    return new String(bytes, start(row), ends[row] - start(row), StandardCharsets.UTF_8);
  }

  @Override
  public int size() {
    return size;
  }

  private int start(int row) {
    return row == 0 ? 0 : ends[row - 1];
  }
}
