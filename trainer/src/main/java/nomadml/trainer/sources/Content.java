package nomadml.trainer.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import nomadml.spec.ContentDigest;
import nomadml.trainer.Sha256;

/** What a source gave: one file, or the files of a folder. */
enum Content {
  FILE,
  FOLDER;

  /** Its SHA-256. */
  String digest(Path folder) throws IOException {
    if (this == FILE) {
      return Sha256.of(folder.resolve(Source.FILE));
    }
    Map<String, String> files = new TreeMap<>();
    for (Path file : files(folder)) {
      files.put(folder.relativize(file).toString().replace('\\', '/'), Sha256.of(file));
    }
    return ContentDigest.ofFolder(files);
  }

  /** Its files. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
