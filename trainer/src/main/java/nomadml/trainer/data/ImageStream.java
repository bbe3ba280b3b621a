package nomadml.trainer.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes images ahead of whoever asks for them batch by batch: a fixed number of threads fills a
 * fixed number of buffers, whatever the number of images.
 */
public final class ImageStream implements AutoCloseable {
  private static final int BUFFERS = 4;

  private final ImageFiles images;
  private final int threads;
  private final List<ByteBuffer> buffers = new ArrayList<>();
  private @Nullable ImageOrder order;

  public ImageStream(ImageFiles images, int threads) {
    this.images = images;
    this.threads = threads;
  }

  /**
   * Begins to decode; what was followed before is dropped.
   *
   * @param rows all of an epoch
   * @param from the first that will be asked for
   */
  public void follow(int[] rows, int from, int batchSize) {
    close();
    if (from >= rows.length) {
      return;
    }
    int size = Math.min(batchSize, rows.length - from);
    reserve(Math.multiplyExact(size, images.width()));
    ImageOrder started = new ImageOrder(images, rows, from, size, buffers);
    for (int i = 0; i < threads; i++) {
      Thread decoder = new Thread(started::decode, "decode-" + i);
      decoder.setDaemon(true);
      decoder.start();
    }
    order = started;
  }

  private void reserve(int bytes) {
    if (buffers.isEmpty() || buffers.get(0).capacity() < bytes) {
      buffers.clear();
      for (int i = 0; i < BUFFERS; i++) {
        buffers.add(ByteBuffer.allocateDirect(bytes));
      }
    }
  }

  /**
   * The pixels of these rows: those that come next in the order, or any others. The buffer is good
   * until the next call.
   */
  public ByteBuffer next(int[] rows) {
    if (order != null && order.isNext(rows)) {
      return order.take();
    }
    ByteBuffer pixels = ByteBuffer.allocateDirect(Math.multiplyExact(rows.length, images.width()));
    byte[] image = new byte[images.width()];
    for (int i = 0; i < rows.length; i++) {
      images.decode(rows[i], image);
      pixels.put(i * image.length, image);
    }
    return pixels;
  }

  /** Ends the threads. */
  @Override
  public void close() {
    if (order != null) {
      order.drop();
      order = null;
    }
  }
}
