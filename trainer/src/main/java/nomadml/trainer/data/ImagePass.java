package nomadml.trainer.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import nomadml.trainer.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * Reads every image once, before the training: the checksum of all names and contents, the sums of
 * the training images, whether each can be decoded, and the pixels if they are to be kept.
 */
final class ImagePass {
  private static final int AHEAD = 4;

  private final ImageFiles images;
  private final BitSet training = new BitSet();
  private final byte @Nullable [] pixels;

  /**
   * @param pixels takes all images, row by row; null keeps none
   */
  ImagePass(ImageFiles images, int[] trainRows, byte @Nullable [] pixels) {
    this.images = images;
    this.pixels = pixels;
    for (int row : trainRows) {
      training.set(row);
    }
  }

  /** Answers the SHA-256. */
  String run() {
    int threads = Runtime.getRuntime().availableProcessors();
    ArrayBlockingQueue<Future<?>> underWay = new ArrayBlockingQueue<>(AHEAD * threads);
    MessageDigest digest = Sha256.digest();
    ExecutorService decoders = Executors.newFixedThreadPool(threads);
    try {
      for (int row = 0; row < images.count(); row++) {
        byte[] content = images.content(row);
        digest.update(images.nameOf(row).getBytes(StandardCharsets.UTF_8));
        digest.update(content);
        if (underWay.remainingCapacity() == 0) {
          await(underWay.remove());
        }
        int image = row;
        underWay.add(decoders.submit(() -> decode(image, content)));
      }
      while (!underWay.isEmpty()) {
        await(underWay.remove());
      }
      return Sha256.hex(digest);
    } finally {
      decoders.shutdownNow();
    }
  }

  private void decode(int row, byte[] content) {
    byte[] target = pixels == null ? new byte[images.width()] : pixels;
    int offset = pixels == null ? 0 : row * images.width();
    images.decode(row, content, target, offset);
    if (training.get(row)) {
      images.sums().add(target, offset, images.width());
    }
  }

  private static void await(Future<?> decoded) {
    try {
      decoded.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while images were read", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
