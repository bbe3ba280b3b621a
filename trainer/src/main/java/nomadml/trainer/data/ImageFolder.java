package nomadml.trainer.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/** Reads a folder with one folder of images for each class, in the order of their names, as RGB. */
final class ImageFolder {
  private final Path folder;
  private final Train.Data data;
  private final int size;

  ImageFolder(Path folder, Train.Data data) {
    this.folder = folder;
    this.data = data;
    this.size = data.imageSize();
  }

  DataSet read(long seed) throws IOException {
    List<Path> classFolders = children(folder).filter(Files::isDirectory).toList();
    if (classFolders.size() < 2) {
      throw TrainingFailure.userError(
          "%s has %d class folders".formatted(data.path(), classFolders.size()),
          "images are laid out as %s/<class>/<image>.png, with two classes or more"
              .formatted(data.path()));
    }
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < classFolders.size(); label++) {
      List<Path> images = children(classFolders.get(label)).filter(Files::isRegularFile).toList();
      if (images.isEmpty()) {
        throw TrainingFailure.userError(
            "class folder %s is empty".formatted(folder.relativize(classFolders.get(label))),
            "add images or remove the folder");
      }
      files.addAll(images);
      for (int i = 0; i < images.size(); i++) {
        labels.add(label);
      }
    }
    List<String> classes =
        classFolders.stream().map(path -> path.getFileName().toString()).toList();
    MessageDigest digest = Sha256.digest();
    byte[] pixels = pixels(files, digest);
    float[] targets = new float[files.size()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = labels.get(row);
    }
    Split split = Split.random(files.size(), data.validationSplit(), data.testSplit(), seed);
    split.requireEveryClassInTraining(targets, classes);
    return new DataSet(
        new DataSet.Pixels(pixels),
        List.of(3, size, size),
        List.of(),
        targets,
        classes,
        split.train(),
        split.validation(),
        split.test(),
        Sha256.hex(digest));
  }

  /** Visible entries by name: a file system's own order differs from node to node. */
  private static Stream<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
          .toList()
          .stream();
    }
  }

  private byte[] pixels(List<Path> files, MessageDigest digest) throws IOException {
    ImageDecoder decoder = new ImageDecoder(size);
    int width = decoder.width();
    long total = (long) files.size() * width;
    if (total > Integer.MAX_VALUE - 16) {
      throw TrainingFailure.userError(
          "%d images of %d×%d pixels need %d MiB, above the 2 GiB one data set may have"
              .formatted(files.size(), size, size, total >> 20),
          "lower train.data.image_size");
    }
    byte[] pixels = new byte[(int) total];
    for (int row = 0; row < files.size(); row++) {
      byte[] content = Files.readAllBytes(files.get(row));
      digest.update(folder.relativize(files.get(row)).toString().getBytes(StandardCharsets.UTF_8));
      digest.update(content);
      String name = data.path() + "/" + folder.relativize(files.get(row));
      decoder.decode(content, name, pixels, row * width);
    }
    return pixels;
  }
}
