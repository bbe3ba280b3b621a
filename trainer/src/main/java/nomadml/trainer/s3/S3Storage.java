package nomadml.trainer.s3;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.DamagedCheckpointException;

/**
 * Checkpoints as objects of a bucket: {@code <prefix><step>/<file>}. Each file's SHA-256 is kept
 * with it and verified when it comes back. For one thread at a time.
 */
public final class S3Storage implements CheckpointStorage {
  private static final String MANIFEST = "manifest.json";
  private static final Pattern COMPLETE = Pattern.compile("(\\d{1,18})/" + MANIFEST);

  private final Bucket bucket;
  private final String prefix;

  /**
   * Storage of one run.
   *
   * @param prefix of the keys of all its objects
   * @param environment names the server and holds the credentials, as AWS's own programs read them
   */
  public S3Storage(String bucket, String prefix, Map<String, String> environment) {
    this.bucket = new Bucket(bucket, environment);
    this.prefix = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
  }

  @Override
  public List<Long> steps() throws IOException {
    TreeSet<Long> steps = new TreeSet<>(Comparator.reverseOrder());
    for (Bucket.Item item : bucket.list(prefix)) {
      Matcher complete = COMPLETE.matcher(item.key().substring(prefix.length()));
      if (complete.matches()) {
        steps.add(Long.valueOf(complete.group(1)));
      }
    }
    return List.copyOf(steps);
  }

  @Override
  public void put(long step, Path folder) throws IOException {
    bucket.delete(key(step, MANIFEST));
    try (Stream<Path> children = Files.list(folder)) {
      for (Path file :
          children
              .sorted(
                  Comparator.<Path, Boolean>comparing(file -> file.endsWith(MANIFEST))
                      .thenComparing(Comparator.naturalOrder()))
              .toList()) {
        bucket.put(key(step, Objects.requireNonNull(file.getFileName()).toString()), file);
      }
    }
  }

  @Override
  public void get(long step, Path folder) throws IOException {
    if (Files.exists(folder)) {
      throw new FileAlreadyExistsException(folder.toString());
    }
    String all = key(step, "");
    List<Bucket.Item> items = bucket.list(all);
    if (items.isEmpty()) {
      throw new NoSuchFileException("there is no checkpoint " + all);
    }
    Files.createDirectories(folder);
    for (Bucket.Item item : items) {
      String name = item.key().substring(all.length());
      if (name.isEmpty() || name.contains("/")) {
        continue;
      }
      if (!bucket.get(item.key(), folder.resolve(name))) {
        throw new DamagedCheckpointException(name + " is damaged: its checksum differs");
      }
    }
  }

  @Override
  public void delete(long step) throws IOException {
    bucket.delete(key(step, MANIFEST));
    for (Bucket.Item item : bucket.list(key(step, ""))) {
      bucket.delete(item.key());
    }
  }

  private String key(long step, String name) {
    return prefix + step + "/" + name;
  }
}
