package nomadml.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/** Reads a folder with one folder of images for each class, in the order of their names, as RGB. */
final class ImageFolder {
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 16;

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
    float[] targets = new float[files.size()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = labels.get(row);
    }
    Split split = Split.random(files.size(), data.validationSplit(), data.testSplit(), seed);
    split.requireEveryClassInTraining(targets, classes);
    ImageFiles images = new ImageFiles(folder, data.path(), files, new ImageDecoder(size));
    byte @Nullable [] pixels =
        staysInMemory(images) ? new byte[images.count() * images.width()] : null;
    String sha256 = new ImagePass(images, split.train(), pixels).run();
    return new DataSet(
        pixels == null ? images : new DataSet.Pixels(pixels),
        List.of(3, size, size),
        List.of(),
        targets,
        classes,
        split.train(),
        split.validation(),
        split.test(),
        sha256);
  }

  /** Decoded pixels lie twice in memory: in the heap, and as a tensor beside it. */
  private boolean staysInMemory(ImageFiles images) {
    long total = (long) images.count() * images.width();
    boolean fits = total <= LARGEST_ARRAY;
    return switch (data.inMemory()) {
      case NEVER -> false;
      case AUTO -> fits && total <= Runtime.getRuntime().maxMemory() / 2;
      case ALWAYS -> {
        if (!fits) {
          throw TrainingFailure.userError(
              "%d images of %d×%d pixels need %d MiB, above the 2 GiB that can be held in memory"
                  .formatted(images.count(), size, size, total >> 20),
              "leave train.data.in_memory out to have them decoded as they are needed, or lower train.data.image_size");
        }
        yield true;
      }
    };
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
}
