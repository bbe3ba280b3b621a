package nomadml.trainer.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nomadml.spec.Json;
import nomadml.trainer.report.RefusedException;
import nomadml.trainer.report.RunAddress;
import org.jspecify.annotations.Nullable;

/** A run's artifacts by MLflow's artifact REST, from and to the disk without Python. */
final class Artifacts {
  private static final String TRACKING = "/api/2.0/mlflow/";
  private static final String STORE = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final String STORED = "/api/2.0/mlflow-artifacts/artifacts?path=";
  private static final String SCHEME = "mlflow-artifacts:";

  private static final Duration LEAST = Duration.ofSeconds(60);
  private static final long BYTES_PER_SECOND = 256 * 1024;

  private final Connection connection;
  private @Nullable RunAddress run;
  private @Nullable Root root;

  /** Where the artifacts of a run or a model are, in the store. */
  record Root(String uri, String folder) {
    URI stored(URI address, String path) {
      return URI.create(
          address
              + STORE
              + Stream.of((folder + "/" + path).split("/"))
                  .filter(part -> !part.isEmpty())
                  .map(Artifacts::encode)
                  .collect(Collectors.joining("/")));
    }
  }

  /** One of them. */
  record Item(String path, boolean folder, long bytes) {}

  Artifacts(Connection connection) {
    this.connection = connection;
  }

  /** MLflow's address of an artifact. */
  String uri(RunAddress run, String path) throws IOException {
    return root(run).uri() + "/" + path;
  }

  /** Stores a file, or every file of a folder. */
  void upload(RunAddress run, String path, Path source) throws IOException {
    if (Files.isRegularFile(source)) {
      put(run, path, source);
      return;
    }
    try (Stream<Path> tree = Files.walk(source)) {
      for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
        put(run, path + "/" + source.relativize(file).toString().replace('\\', '/'), file);
      }
    }
  }

  /** Stores a file. */
  void put(RunAddress run, String path, Path file) throws IOException {
    long bytes = Files.size(file);
    Root at = root(run);
    connection.exchange(
        address -> {
          HttpRequest request =
              connection
                  .request(at.stored(address, path))
                  .header("Content-Type", "application/octet-stream")
                  .PUT(body(file, bytes))
                  .build();
          return connection.send(
              "storing " + path,
              address,
              request,
              limit(bytes),
              HttpResponse.BodyHandlers.ofString());
        });
  }

  /**
   * Brings an artifact into a file; the file is there once all of it is.
   *
   * @param bytes its size, which bounds the time
   */
  void get(RunAddress run, String path, Path target, long bytes) throws IOException {
    get(root(run), path, target, bytes);
  }

  /** The same of a model. */
  void get(Root at, String path, Path target, long bytes) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Files.createDirectories(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    connection.exchange(
        address -> {
          HttpRequest request = connection.request(at.stored(address, path)).GET().build();
          HttpResponse.BodyHandler<String> handler =
              answer ->
                  answer.statusCode() == 200
                      ? HttpResponse.BodySubscribers.mapping(
                          HttpResponse.BodySubscribers.ofFile(part), file -> "")
                      : HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
          return connection.send("fetching " + path, address, request, limit(bytes), handler);
        });
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** What is in a folder; nothing when there is none. */
  List<Item> list(RunAddress run, String path) throws IOException {
    String query = "artifacts/list?run_id=" + encode(run.runId()) + "&path=" + encode(path);
    return items(get("listing " + path, TRACKING + query), "");
  }

  /** The same of a model. */
  List<Item> list(Root at, String path) throws IOException {
    String folder = path.isEmpty() ? at.folder() : at.folder() + "/" + path;
    JsonNode answer = get("listing " + path, STORED + encode(folder.substring(1)));
    return items(answer, path.isEmpty() ? "" : path + "/");
  }

  private static List<Item> items(JsonNode answer, String parent) {
    List<Item> items = new ArrayList<>();
    for (JsonNode file : answer.path("files")) {
      items.add(
          new Item(
              parent + file.path("path").asText(),
              file.path("is_dir").asBoolean(),
              file.path("file_size").asLong()));
    }
    return items;
  }

  /** Deletes a file or folder; nothing happens when there is none. */
  void delete(RunAddress run, String path) throws IOException {
    Root at = root(run);
    try {
      connection.exchange(
          address ->
              connection.send(
                  "deleting " + path,
                  address,
                  connection.request(at.stored(address, path)).DELETE().build()));
    } catch (MissingException e) {
      if (!e.isSaidByMlflow()) {
        throw e;
      }
    }
  }

  private JsonNode get(String what, String query) throws IOException {
    String answer =
        connection.exchange(
            address ->
                connection.send(
                    what, address, connection.request(URI.create(address + query)).GET().build()));
    return Json.MAPPER.readTree(answer);
  }

  /** The folder of an address of MLflow; nothing when its server does not store what is there. */
  static Optional<Root> root(String uri) {
    return uri.startsWith(SCHEME)
        ? Optional.of(new Root(uri, URI.create(uri).getPath()))
        : Optional.empty();
  }

  private Root root(RunAddress of) throws IOException {
    Root known = root;
    if (known == null || !of.equals(run)) {
      String uri =
          connection
              .call("reading the run", client -> client.getRun(of.runId()))
              .getInfo()
              .getArtifactUri();
      known =
          root(uri)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "the artifacts of run %s are at %s, where only Python clients can write%n  hint: %s"
                              .formatted(of.runId(), uri, "start MLflow with --serve-artifacts")));
      root = known;
      run = of;
    }
    return known;
  }

  private static HttpRequest.BodyPublisher body(Path file, long bytes) {
    return bytes == 0
        ? HttpRequest.BodyPublishers.ofByteArray(new byte[0])
        : HttpRequest.BodyPublishers.fromPublisher(
            HttpRequest.BodyPublishers.ofInputStream(() -> firstOf(file, bytes)), bytes);
  }

  /** A log may grow while it is sent. */
  private static InputStream firstOf(Path file, long bytes) {
    try {
      return new FirstBytes(Files.newInputStream(file), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Duration limit(long bytes) {
    return LEAST.plusSeconds(bytes / BYTES_PER_SECOND);
  }

  static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** So many bytes of a stream. */
  private static final class FirstBytes extends FilterInputStream {
    private long left;

    FirstBytes(InputStream in, long left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      return left-- > 0 ? super.read() : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left <= 0) {
        return -1;
      }
      int count = super.read(buffer, offset, (int) Math.min(length, left));
      left -= Math.max(0, count);
      return count;
    }
  }
}
