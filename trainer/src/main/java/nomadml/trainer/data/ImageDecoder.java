package nomadml.trainer.data;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/** Decodes image files to red, green and blue planes of a square. */
public record ImageDecoder(int size) {

  /** Bytes of one decoded image. */
  public int width() {
    return 3 * size * size;
  }

  /**
   * Writes the pixels of one image, channel by channel as the network wants it.
   *
   * @param name what the failure calls a file that is no image
   */
  public void decode(byte[] content, String name, byte[] pixels, int offset) {
    int[] colours = resized(image(content, name));
    int plane = size * size;
    for (int i = 0; i < plane; i++) {
      int colour = colours[i];
      pixels[offset + i] = (byte) (colour >> 16);
      pixels[offset + i + plane] = (byte) (colour >> 8);
      pixels[offset + i + 2 * plane] = (byte) colour;
    }
  }

  private static BufferedImage image(byte[] content, String name) {
    @Nullable BufferedImage image;
    try {
      image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(content)));
    } catch (IOException | RuntimeException e) { // Decoders throw both at torn files.
      image = null;
    }
    if (image == null) {
      throw TrainingFailure.userError(
          name + " is not an image that can be read",
          "keep only whole PNG, JPEG, GIF or BMP files in the class folders");
    }
    return image;
  }

  private int[] resized(BufferedImage image) {
    BufferedImage resized = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = resized.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, size, size, null);
    graphics.dispose();
    return ((DataBufferInt) resized.getRaster().getDataBuffer()).getData();
  }
}
