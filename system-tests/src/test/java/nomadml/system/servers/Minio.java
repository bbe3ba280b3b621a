package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A real MinIO: an S3 server whose buckets lie in a folder of the tests. */
public final class Minio implements AutoCloseable {
  private static final String USER = "system-tests";
  private static final String PASSWORD = "a-password-of-tests";
  private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");

  private final int port = FreePort.next();
  private final RunningProgram program;

  private Minio(Folders folders) {
    Path state = folders.state("minio");
    program =
        RunningProgram.start(
            "minio",
            folders.log("minio"),
            state,
            Map.of(
                "MINIO_ROOT_USER", USER, "MINIO_ROOT_PASSWORD", PASSWORD, "MINIO_BROWSER", "off"),
            List.of(
                Tools.program("minio", "minio"),
                "server",
                "--quiet",
                "--address=" + "127.0.0.1:" + port,
                state.toString()));
  }

  /** Starts one beside a cluster. */
  public static Minio start(Folders folders) {
    Minio minio = new Minio(folders);
    minio.program.awaitReady(() -> new Rest(minio.port).bytes("/minio/health/ready").length == 0);
    return minio;
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
                USER + ":" + PASSWORD));
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
