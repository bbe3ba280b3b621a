package nomadml.trainer.sources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.trainer.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * What this node has fetched, one folder for each SHA-256, for all runs of it. A folder is renamed
 * into its place once it is whole, and verified each time it is used. One process at a time fetches
 * from a source; a download that was cut off is gone on with.
 */
public final class NodeCache {
  private static final String PARTIAL = "partial";
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final Path root;
  private final long limit;
  private final Clock clock;
  private final Consumer<String> warnings;

  /**
   * A cache in a folder, which is made when it is needed.
   *
   * @param limit in bytes; the longest unused is deleted first
   */
  public NodeCache(Path root, long limit, Clock clock, Consumer<String> warnings) {
    this.root = root;
    this.limit = limit;
    this.clock = clock;
    this.warnings = warnings;
  }

  /** What is wanted. */
  public record Wanted(String location, boolean folder, @Nullable String sha256) {
    private Content content() {
      return folder ? Content.FOLDER : Content.FILE;
    }

    private String key() {
      MessageDigest digest = Sha256.digest();
      digest.update(location.getBytes(StandardCharsets.UTF_8));
      return Sha256.hex(digest).substring(0, 32);
    }
  }

  /** What was found: a folder of files, and the SHA-256 of them together. */
  public record Found(Path folder, String sha256) {}

  /**
   * Finds content by its SHA-256, or fetches it.
   *
   * @throws ChangedSourceException when the source has something else
   * @throws IOException also while another process fetches the same: try again
   */
  public Found bring(Wanted wanted, Source source) throws IOException {
    Optional<Found> known = find(wanted);
    if (known.isPresent()) {
      return known.get();
    }
    Path partial = Files.createDirectories(root.resolve(PARTIAL).resolve(wanted.key()));
    try (FileChannel channel =
            FileChannel.open(
                partial.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = lock(channel)) {
      if (held == null) {
        throw new IOException("another run on this node is fetching the same");
      }
      Optional<Found> fetched = find(wanted);
      return fetched.isPresent() ? fetched.get() : fetch(wanted, source, partial);
    }
  }

  /** Deletes the longest unused content until the rest is within the limit. */
  public void trim() {
    try {
      List<Path> entries = entries();
      long bytes = 0;
      for (Path entry : entries) {
        bytes += size(entry);
      }
      for (Path entry : entries) {
        if (bytes <= limit) {
          break;
        }
        bytes -= size(entry);
        delete(entry);
      }
      forgetAbandoned();
    } catch (IOException | UncheckedIOException e) {
      warnings.accept("the node's cache can't be made smaller: " + e.getMessage());
    }
  }

  /** The folder of content that is here, whole, by its SHA-256. */
  public Optional<Path> kept(Wanted wanted) throws IOException {
    return find(wanted).map(Found::folder);
  }

  private Optional<Found> find(Wanted wanted) throws IOException {
    if (wanted.sha256() == null) {
      return Optional.empty();
    }
    Path entry = root.resolve(wanted.sha256());
    if (!Files.isDirectory(entry)) {
      return Optional.empty();
    }
    if (!isWhole(wanted, entry)) {
      warnings.accept(
          "the node's copy of %s is damaged: it is fetched again".formatted(wanted.location()));
      delete(entry);
      return Optional.empty();
    }
    touch(entry);
    return Optional.of(new Found(entry, wanted.sha256()));
  }

  private static boolean isWhole(Wanted wanted, Path entry) {
    try {
      return wanted.content().digest(entry).equals(wanted.sha256());
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private Found fetch(Wanted wanted, Source source, Path partial) throws IOException {
    Path content = Files.createDirectories(partial.resolve("files"));
    source.fetch(content);
    String digest = wanted.content().digest(content);
    if (wanted.sha256() != null && !digest.equals(wanted.sha256())) {
      delete(content);
      throw new ChangedSourceException(digest);
    }
    for (Path file : Content.files(content)) {
      sync(file);
    }
    Path entry = root.resolve(digest);
    touch(content);
    delete(entry); // The same by another name, or a damaged one.
    Files.move(content, entry, StandardCopyOption.ATOMIC_MOVE);
    sync(root);
    return new Found(entry, digest);
  }

  /** The longest unused first. */
  private List<Path> entries() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<Path> entries = new ArrayList<>();
    try (Stream<Path> children = Files.list(root)) {
      children
          .filter(child -> child.getFileName().toString().matches("[0-9a-f]{64}"))
          .forEach(entries::add);
    }
    entries.sort(Comparator.comparing(NodeCache::lastUse));
    return entries;
  }

  private void forgetAbandoned() throws IOException {
    Path partial = root.resolve(PARTIAL);
    if (!Files.isDirectory(partial)) {
      return;
    }
    List<Path> abandoned;
    try (Stream<Path> children = Files.list(partial)) {
      abandoned =
          children
              .filter(child -> lastUse(child).toInstant().plus(ABANDONED).isBefore(clock.instant()))
              .toList();
    }
    for (Path folder : abandoned) {
      delete(folder);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private void touch(Path entry) throws IOException {
    Files.setLastModifiedTime(entry, FileTime.from(clock.instant()));
  }

  private static FileTime lastUse(Path entry) {
    try {
      return Files.getLastModifiedTime(entry);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static long size(Path entry) throws IOException {
    long bytes = 0;
    for (Path file : Content.files(entry)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
