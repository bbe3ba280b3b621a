package nomadml.trainer.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Images in the order of an epoch, on their way from files to buffers. A batch has a buffer from
 * the moment its first image is begun until the batch after it is taken.
 */
final class ImageOrder {
  private final ImageFiles images;
  private final int[] rows;
  private final int from;
  private final int batchSize;
  private final List<ByteBuffer> buffers;
  private final int[] decoded;
  private int begun;
  private int taken;
  private int released;
  private int atWork;
  private boolean dropped;
  private @Nullable Throwable failure;

  ImageOrder(ImageFiles images, int[] rows, int from, int batchSize, List<ByteBuffer> buffers) {
    this.images = images;
    this.rows = rows;
    this.from = from;
    this.batchSize = batchSize;
    this.buffers = List.copyOf(buffers);
    this.decoded = new int[buffers.size()];
  }

  /** What each thread does until all is decoded. */
  void decode() {
    byte[] pixels = new byte[images.width()];
    for (int image = begin(); image >= 0; image = begin()) {
      try {
        images.decode(rows[from + image], pixels);
        buffers
            .get(image / batchSize % buffers.size())
            .put(image % batchSize * pixels.length, pixels);
        end(image, null);
      } catch (RuntimeException | Error e) {
        end(image, e); // Thrown where the batch is taken.
      }
    }
  }

  /** The next image, once its batch has a buffer; -1 when there is none. */
  private synchronized int begin() {
    await(() -> isOver() || begun / batchSize < released + buffers.size());
    if (isOver()) {
      return -1;
    }
    atWork++;
    return begun++;
  }

  private boolean isOver() {
    return dropped || failure != null || from + begun >= rows.length;
  }

  private synchronized void end(int image, @Nullable Throwable reason) {
    atWork--;
    decoded[image / batchSize % buffers.size()]++;
    if (reason != null && failure == null) {
      failure = reason;
    }
    notifyAll();
  }

  synchronized boolean isNext(int[] wanted) {
    int start = from + taken * batchSize;
    int end = Math.min(rows.length, start + batchSize);
    return start < end && Arrays.equals(rows, start, end, wanted, 0, wanted.length);
  }

  /** The next batch, once it is decoded; frees the buffer of the one before. */
  synchronized ByteBuffer take() {
    if (released < taken) {
      decoded[released++ % buffers.size()] = 0;
      notifyAll();
    }
    int size = Math.min(batchSize, rows.length - from - taken * batchSize);
    int slot = taken % buffers.size();
    await(() -> failure != null || decoded[slot] == size);
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    taken++;
    return buffers.get(slot).slice(0, size * images.width());
  }

  /** Waits until no thread writes to a buffer any more. */
  synchronized void drop() {
    dropped = true;
    notifyAll();
    await(() -> atWork == 0);
  }

  private synchronized void await(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while images were decoded", e);
    }
  }
}
