package nomadml.trainer.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import nomadml.spec.Location;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.sources.Source;

/** An object of a bucket, or all objects below a prefix. One that was cut off begins anew. */
public final class S3Source implements Source {
  private final Location.Bucket location;
  private final boolean folder;
  private final Bucket bucket;

  /**
   * A source that asks when it is fetched from.
   *
   * @param folder whether the key is a prefix
   * @param environment names the server and holds the credentials, as AWS's own programs read them
   */
  public S3Source(Location.Bucket location, boolean folder, Map<String, String> environment) {
    this.location = location;
    this.folder = folder;
    this.bucket = new Bucket(location.bucket(), environment);
  }

  @Override
  public void fetch(Path target) throws IOException {
    try {
      if (folder) {
        fetchAll(target);
      } else {
        fetch(location.key(), target.resolve(FILE));
      }
    } catch (DeniedException e) {
      throw TrainingFailure.dataMissing(e.reason(), e.hint());
    }
  }

  private void fetchAll(Path target) throws IOException {
    String prefix = location.key().replaceAll("/+$", "");
    prefix = prefix.isEmpty() ? "" : prefix + "/";
    List<Bucket.Item> items = bucket.list(prefix);
    boolean any = false;
    for (Bucket.Item item : items) {
      String name = item.key().substring(prefix.length());
      if (name.isEmpty() || name.endsWith("/")) {
        continue; // Some programs make an empty object for a folder.
      }
      Path file = target.resolve(name).normalize();
      if (!file.startsWith(target)) {
        throw TrainingFailure.dataMissing(
            location.shown() + " has a key that leaves its folder: " + name, "rename the object");
      }
      any = true;
      fetch(item.key(), file);
    }
    if (!any) {
      throw new NoSuchFileException("there is nothing below " + location.shown());
    }
  }

  private void fetch(String key, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.deleteIfExists(part);
    if (!bucket.get(key, part)) {
      throw new IOException("%s is damaged: its checksum differs".formatted(key));
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
