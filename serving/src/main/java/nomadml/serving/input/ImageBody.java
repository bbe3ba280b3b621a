package nomadml.serving.input;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import nomadml.serving.input.RefusedRequestException.Reason;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.ImageDecoder;

/** Reads an image file, decoded and resized as the training did it. */
public final class ImageBody {
  /** Pixels of the largest image: a small file may unpack to gigabytes. */
  private static final long MOST_PIXELS = 50_000_000;

  private ImageBody() {}

  /** One row: the image. */
  public static Request read(byte[] body, Features features) throws RefusedRequestException {
    int[] shape = features instanceof Features.Numbers numbers ? numbers.shape() : null;
    if (shape == null
        || shape.length != 3
        || shape[1] != shape[2]
        || shape[1] < 1
        || (shape[0] != 1 && shape[0] != 3)) {
      throw new RefusedRequestException(
          Reason.UNSUPPORTED_MEDIA_TYPE,
          "this model takes no image files: send JSON, application/json");
    }
    requireBounded(body);
    ImageDecoder decoder = new ImageDecoder(shape[1]);
    byte[] pixels = new byte[decoder.width()];
    try {
      decoder.decode(body, "the body", pixels, 0);
    } catch (TrainingFailure e) {
      throw RefusedRequestException.bad(String.valueOf(e.getMessage()));
    }
    float divisor = ((Features.Numbers) features).divisor();
    int plane = shape[1] * shape[1];
    TensorBuilder values = new TensorBuilder(ElementType.FLOAT32, shape[0] * plane);
    for (int i = 0; i < shape[0] * plane; i++) {
      values.add((shape[0] == 3 ? pixels[i] & 0xff : grey(pixels, i, plane)) / divisor);
    }
    return new Request(values.rows(1, shape), false);
  }

  /** ITU-R BT.601, as most programs make greys. */
  private static float grey(byte[] pixels, int i, int plane) {
    int red = pixels[i] & 0xff;
    int green = pixels[i + plane] & 0xff;
    int blue = pixels[i + 2 * plane] & 0xff;
    return Math.round((299 * red + 587 * green + 114 * blue) / 1000f);
  }

  private static void requireBounded(byte[] body) throws RefusedRequestException {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(body))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw RefusedRequestException.bad("the body is not an image that can be read");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MOST_PIXELS) {
          throw new RefusedRequestException(
              Reason.TOO_LARGE,
              "the image has %d pixels, at most %d are decoded".formatted(pixels, MOST_PIXELS));
        }
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) { // Decoders throw both at torn files.
      throw RefusedRequestException.bad("the body is not an image that can be read");
    }
  }
}
