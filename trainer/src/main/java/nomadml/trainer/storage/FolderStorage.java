package nomadml.trainer.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Keeps checkpoints in a folder that every node sees: a host volume or a network file system. A
 * checkpoint is copied beside the others, synced and renamed.
 */
public final class FolderStorage implements CheckpointStorage {
  private static final String MANIFEST = "manifest.json";
  private static final String UNFINISHED = ".unfinished-";

  private final Path root;

  /** Storage of one run; the folder is made by the first checkpoint. */
  public FolderStorage(Path root) {
    this.root = root;
  }

  @Override
  public List<Long> steps() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(root)) {
      return children
          .filter(child -> child.getFileName().toString().matches("\\d{1,18}"))
          .filter(child -> Files.exists(child.resolve(MANIFEST)))
          .map(child -> Long.valueOf(child.getFileName().toString()))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }

  @Override
  public void put(long step, Path folder) throws IOException {
    Files.createDirectories(root);
    deleteUnfinished();
    Path unfinished = root.resolve(UNFINISHED + step + "-" + UUID.randomUUID());
    copy(folder, unfinished);
    delete(step);
    Files.move(unfinished, folder(step), StandardCopyOption.ATOMIC_MOVE);
    sync(root);
  }

  @Override
  public void get(long step, Path folder) throws IOException {
    if (Files.exists(folder)) {
      throw new FileAlreadyExistsException(folder.toString());
    }
    if (!Files.isDirectory(folder(step))) {
      throw new NoSuchFileException(folder(step).toString());
    }
    copy(folder(step), folder);
  }

  @Override
  public void delete(long step) throws IOException {
    Files.deleteIfExists(folder(step).resolve(MANIFEST));
    deleteTree(folder(step));
  }

  /** What an attempt that died left; only one attempt writes at a time. */
  private void deleteUnfinished() throws IOException {
    List<Path> left;
    try (Stream<Path> children = Files.list(root)) {
      left =
          children.filter(child -> child.getFileName().toString().startsWith(UNFINISHED)).toList();
    }
    for (Path path : left) {
      deleteTree(path);
    }
  }

  private Path folder(long step) {
    return root.resolve(Long.toString(step));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.sorted(Comparator.comparing(FolderStorage::isManifest)).toList()) {
        Path copy = to.resolve(file.getFileName().toString());
        Files.copy(file, copy);
        sync(copy);
      }
    }
    sync(to);
  }

  private static boolean isManifest(Path file) {
    return file.endsWith(MANIFEST);
  }

  private static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
