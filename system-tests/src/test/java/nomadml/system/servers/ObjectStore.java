package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A real S3 server, versitygw, whose buckets lie in a folder of the tests. */
public final class ObjectStore implements AutoCloseable {
  private static final String USER = "system-tests";
  private static final String PASSWORD = "a-password-of-tests";
  private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");

  private final int port = FreePort.next();
  private final RunningProgram program;

  private ObjectStore(Folders folders) {
    Path state = folders.state("object-store");
    // Metadata in files of their own: not every temporary folder takes extended attributes.
    Path metadata = folders.state("s3-metadata");
    program =
        RunningProgram.start(
            "object-store",
            folders.log("object-store"),
            state,
            Map.of("ROOT_ACCESS_KEY_ID", USER, "ROOT_SECRET_ACCESS_KEY", PASSWORD),
            List.of(
                Tools.program("versitygw", "versitygw"),
                "--port=127.0.0.1:" + port,
                "--health=/health",
                "--quiet",
                "posix",
                "--sidecar=" + metadata,
                state.toString()));
  }

  /** Starts one beside a cluster. */
  public static ObjectStore start(Folders folders) {
    ObjectStore store = new ObjectStore(folders);
    store.program.awaitReady(() -> new Rest(store.port).bytes("/health").length > 0);
    return store;
  }

  /** Overrides of a job file that let it in, with this password. */
  public String[] settings(String password) {
    return new String[] {
      "--set", "env.AWS_ENDPOINT_URL_S3=http://127.0.0.1:" + port,
      "--set", "env.AWS_ACCESS_KEY_ID=" + USER,
      "--set", "env.AWS_SECRET_ACCESS_KEY=" + password
    };
  }

  public String[] settings() {
    return settings(PASSWORD);
  }

  /** What lets MLflow of {@code setup.sh} in. */
  public Map<String, String> environment() {
    return Map.of(
        "MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:" + port,
        "AWS_ACCESS_KEY_ID", USER,
        "AWS_SECRET_ACCESS_KEY", PASSWORD);
  }

  public void makeBucket(String bucket) {
    curl("-X", "PUT", address(bucket));
  }

  /** Stores a file as an object; one that is there is replaced. */
  public void put(String bucket, String key, Path file) {
    curl("--upload-file", file.toString(), address(bucket + "/" + key));
  }

  /** The keys of all objects, in alphabetical order. */
  public List<String> keys(String bucket) {
    List<String> keys = new ArrayList<>();
    KEY.matcher(curl(address(bucket) + "?list-type=2"))
        .results()
        .forEach(match -> keys.add(match.group(1)));
    return keys;
  }

  private String address(String path) {
    return "http://127.0.0.1:" + port + "/" + path;
  }

  private static String curl(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "--silent",
                "--show-error",
                "--fail-with-body",
                "--aws-sigv4",
                "aws:amz:us-east-1:s3",
                "--user",
                USER + ":" + PASSWORD,
                "--header", // older releases of curl do not send it by themselves
                "x-amz-content-sha256: UNSIGNED-PAYLOAD"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", arguments) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
