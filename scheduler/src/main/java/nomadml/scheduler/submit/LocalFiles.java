package nomadml.scheduler.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ByteSize;
import nomadml.spec.ContentDigest;
import nomadml.spec.ExitCode;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.Location;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/** Finds the local files a job needs, and what each holds. */
final class LocalFiles {
  /** What travels through the run's artifacts; more belongs on a volume of the nodes. */
  static final ByteSize LIMIT = ByteSize.mebibytes(4096);

  private LocalFiles() {}

  /**
   * The files, by path; folders are walked.
   *
   * @param folder the job file's
   * @param travels whether they are sent: then their sources are artifact paths and their sum is
   *     limited
   */
  static List<Input> collect(JobFile job, Path folder, boolean travels) {
    List<Input> inputs = new ArrayList<>();
    long bytes = 0;
    for (String path : paths(job, folder)) {
      Path file = folder.resolve(path);
      Input input = describe(path, file, travels ? "inputs/" + path : absolute(file));
      inputs.add(input);
      bytes += input.bytes();
    }
    requirePinned(job, inputs);
    if (travels && bytes > LIMIT.bytes()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the job's files hold " + ByteSize.mebibytes(bytes >> 20) + ", more than " + LIMIT,
          "lay the data on the nodes and read it there, or let a command fetch it");
    }
    return inputs;
  }

  /** What lies beside the job file must be what its SHA-256 says; the node sees to the rest. */
  private static void requirePinned(JobFile job, List<Input> inputs) {
    Train train = job.train();
    if (train != null) {
      requirePinned("train.data", train.data().path(), train.data().sha256(), inputs);
      requirePinned("train.model", train.model().path(), train.model().sha256(), inputs);
    }
  }

  private static void requirePinned(
      String block, @Nullable String named, @Nullable String sha256, List<Input> inputs) {
    if (named == null || sha256 == null || Location.isRemote(named)) {
      return;
    }
    String path = Path.of(named).normalize().toString().replace('\\', '/');
    Map<String, String> files = new HashMap<>();
    for (Input input : inputs) {
      if (input.path().equals(path)) {
        files.put("", input.sha256());
      } else if (input.path().startsWith(path + "/")) {
        files.put(input.path().substring(path.length() + 1), input.sha256());
      }
    }
    String found = files.containsKey("") ? files.get("") : ContentDigest.ofFolder(files);
    if (!sha256.equals(found)) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "%s is not what %s.sha256 pins: its SHA-256 is %s".formatted(path, block, found),
          "put the right file there, or correct %s.sha256".formatted(block));
    }
  }

  private static Set<String> paths(JobFile job, Path folder) {
    List<String> named = new ArrayList<>(job.inputs());
    Train train = job.train();
    if (train != null) {
      named.add(train.data().path());
      Stream.of(train.model().path(), train.lossPath())
          .filter(Objects::nonNull)
          .forEach(named::add);
      named.addAll(train.extensions());
    }
    Set<String> paths = new TreeSet<>();
    named.removeIf(Location::isRemote);
    for (String path : named) {
      try (Stream<Path> files = Files.walk(folder.resolve(path))) {
        files
            .filter(Files::isRegularFile)
            .map(file -> folder.relativize(file).normalize().toString().replace('\\', '/'))
            .forEach(paths::add);
      } catch (IOException | UncheckedIOException e) {
        throw unreadable(folder.resolve(path), e);
      }
    }
    return paths;
  }

  private static Input describe(String path, Path file, String source) {
    try (InputStream content = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long bytes =
          new DigestInputStream(content, digest).transferTo(OutputStream.nullOutputStream());
      return new Input(path, HexFormat.of().formatHex(digest.digest()), bytes, source);
    } catch (IOException e) {
      throw unreadable(file, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String absolute(Path file) {
    return file.toAbsolutePath().normalize().toString();
  }

  private static SchedulerFailure unreadable(Path file, Exception cause) {
    return new SchedulerFailure(
        ExitCode.USAGE, "can't read " + file + ": " + cause.getMessage(), null, cause);
  }
}
