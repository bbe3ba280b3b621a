package nomadml.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.trainer.TrainingFailure;

/** Image files that are decoded when they are needed. */
public final class ImageFiles implements DataSet.Features {
  private final Path folder;
  private final String name;
  private final List<Path> files;
  private final ImageDecoder decoder;
  private final ChannelSums sums = new ChannelSums(3);

  /**
   * @param name what problems call the folder
   */
  ImageFiles(Path folder, String name, List<Path> files, ImageDecoder decoder) {
    this.folder = folder;
    this.name = name;
    this.files = List.copyOf(files);
    this.decoder = decoder;
  }

  int count() {
    return files.size();
  }

  /** Bytes of one decoded image. */
  int width() {
    return decoder.width();
  }

  /** Over the training images. */
  ChannelSums sums() {
    return sums;
  }

  /** A file's name below the folder. */
  String nameOf(int row) {
    return folder.relativize(files.get(row)).toString();
  }

  byte[] content(int row) {
    try {
      return Files.readAllBytes(files.get(row));
    } catch (IOException e) {
      throw TrainingFailure.dataMissing(
          "%s/%s can't be read any more: %s".formatted(name, nameOf(row), e.getMessage()),
          "leave the images where they are while the training runs");
    }
  }

  /** Writes the pixels of a file's content. */
  void decode(int row, byte[] content, byte[] pixels, int offset) {
    decoder.decode(content, name + "/" + nameOf(row), pixels, offset);
  }

  void decode(int row, byte[] pixels) {
    decode(row, content(row), pixels, 0);
  }
}
