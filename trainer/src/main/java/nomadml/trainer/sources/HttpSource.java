package nomadml.trainer.sources;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import nomadml.spec.Environment;
import nomadml.spec.Location;
import nomadml.trainer.TrainingFailure;
import org.jspecify.annotations.Nullable;

/**
 * A file that a web server has. A download that was cut off goes on where it ended when the server
 * says that the file is still the same, else it begins anew.
 */
public final class HttpSource implements Source {
  private static final int MOST_REDIRECTS = 10;
  private static final int PARTIAL_CONTENT = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final String PART = FILE + ".part";
  private static final String VALIDATOR = FILE + ".validator.part";

  private final Location.Web location;
  private final @Nullable String authorization;
  private final Duration silence;

  /**
   * A source that asks when it is fetched from.
   *
   * @param authorization the header that the named server gets, and none it redirects to
   */
  public HttpSource(Location.Web location, @Nullable String authorization) {
    this(location, authorization, SILENCE);
  }

  /**
   * For tests.
   *
   * @param silence after which a server is taken for gone
   */
  HttpSource(Location.Web location, @Nullable String authorization, Duration silence) {
    this.location = location;
    this.authorization = authorization;
    this.silence = silence;
  }

  @Override
  public void fetch(Path folder) throws IOException {
    Path part = folder.resolve(PART);
    Path validator = folder.resolve(VALIDATOR);
    long have = Files.exists(part) && Files.exists(validator) ? Files.size(part) : 0;
    HttpURLConnection answer = open(have, have == 0 ? "" : Files.readString(validator));
    try {
      if (answer.getResponseCode() == RANGE_NOT_SATISFIABLE) {
        Files.deleteIfExists(validator);
        throw new IOException(location.shown() + " is shorter than what was fetched of it");
      }
      requireSuccess(answer.getResponseCode());
      boolean goesOn = answer.getResponseCode() == PARTIAL_CONTENT;
      if (!goesOn) {
        have = 0;
        keepValidator(answer, validator);
      }
      receive(answer, part, have);
    } finally {
      answer.disconnect();
    }
    Files.move(part, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(validator);
  }

  private void receive(HttpURLConnection answer, Path part, long have) throws IOException {
    long announced = answer.getContentLengthLong();
    try (InputStream content = answer.getInputStream();
        OutputStream out =
            Files.newOutputStream(
                part,
                StandardOpenOption.CREATE,
                have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      long received = content.transferTo(out);
      if (announced >= 0 && received != announced) {
        throw new IOException(
            "%s ended after %d of %d bytes"
                .formatted(location.shown(), have + received, have + announced));
      }
    }
  }

  /** Follows redirects itself: a password goes to one server only, and never back to plain http. */
  private HttpURLConnection open(long from, String validator) throws IOException {
    URI address = location.address();
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) silence.toMillis());
      if (authorization != null && isSameServer(address)) {
        connection.setRequestProperty("Authorization", authorization);
      }
      if (from > 0) {
        connection.setRequestProperty("Range", "bytes=" + from + "-");
        connection.setRequestProperty("If-Range", validator);
      }
      String next = status(connection) / 100 == 3 ? connection.getHeaderField("Location") : null;
      if (next == null) {
        return connection;
      }
      connection.disconnect();
      address = redirected(address, next);
    }
    throw TrainingFailure.dataMissing(
        location.shown() + " redirects more than " + MOST_REDIRECTS + " times",
        "name where it leads to");
  }

  private int status(HttpURLConnection connection) throws IOException {
    try {
      return connection.getResponseCode();
    } catch (IOException e) {
      // Its message may hold the whole address.
      throw new IOException(
          "%s does not answer: %s".formatted(location.shown(), e.getClass().getSimpleName()), e);
    }
  }

  private URI redirected(URI from, String next) {
    URI to;
    try {
      to = from.resolve(next);
    } catch (IllegalArgumentException e) {
      throw TrainingFailure.dataMissing(
          location.shown() + " redirects to what is no address", "name where it leads to");
    }
    boolean isWeb = "https".equals(to.getScheme()) || "http".equals(to.getScheme());
    if (!isWeb || ("https".equals(from.getScheme()) && "http".equals(to.getScheme()))) {
      throw TrainingFailure.dataMissing(
          location.shown() + " redirects to " + to.getScheme() + ", which is not followed",
          "name where it leads to");
    }
    return to;
  }

  private boolean isSameServer(URI address) {
    URI named = location.address();
    return named.getScheme().equals(address.getScheme())
        && named.getHost().equals(address.getHost())
        && named.getPort() == address.getPort();
  }

  private void requireSuccess(int status) throws IOException {
    if (status == HttpURLConnection.HTTP_OK || status == PARTIAL_CONTENT) {
      return;
    }
    if (status == HttpURLConnection.HTTP_NOT_FOUND || status == HttpURLConnection.HTTP_GONE) {
      throw new NoSuchFileException(location.shown() + " answered " + status);
    }
    String message = location.shown() + " answered " + status;
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED
        || status == HttpURLConnection.HTTP_FORBIDDEN) {
      throw TrainingFailure.dataMissing(
          message,
          "give the Authorization header it wants as %s in secrets:, or a signed address that has not expired"
              .formatted(Environment.DATA_AUTHORIZATION));
    }
    if (status / 100 == 4 && status != 408 && status != 425 && status != 429) {
      throw TrainingFailure.dataMissing(message, "correct the address");
    }
    throw new IOException(message);
  }

  private static void keepValidator(HttpURLConnection answer, Path file) throws IOException {
    String tag = answer.getHeaderField("ETag");
    boolean strong = tag != null && tag.startsWith("\"");
    String validator = strong ? tag : answer.getHeaderField("Last-Modified");
    if (validator == null) {
      Files.deleteIfExists(file);
    } else {
      Files.writeString(file, validator);
    }
  }
}
