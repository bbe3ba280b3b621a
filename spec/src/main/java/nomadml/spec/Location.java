package nomadml.spec;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where data or a model comes from, as a job file writes it. */
public sealed interface Location {
  Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):/.*", Pattern.DOTALL);
  Pattern BUCKET = Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?");
  Pattern RUN = Pattern.compile("runs:/([A-Za-z0-9]{1,64})/(.+)");
  Pattern MODEL = Pattern.compile("models:/([^/@]+)[/@]([A-Za-z0-9_-]+)");

  /** What the location is called in messages, params and links: without anything secret. */
  String shown();

  /** A file or folder beside the job file. */
  record Local(String path) implements Location {
    @Override
    public String shown() {
      return path;
    }
  }

  /** A file that a web server has. */
  record Web(URI address) implements Location {
    /** Signatures and passwords are left out. */
    @Override
    public String shown() {
      return address.getScheme()
          + "://"
          + address.getHost()
          + (address.getPort() < 0 ? "" : ":" + address.getPort())
          + (address.getRawPath() == null ? "" : address.getRawPath());
    }
  }

  /**
   * An object of an S3 bucket, or all below a prefix.
   *
   * @param key of the object, or the prefix; empty for the whole bucket
   */
  record Bucket(String bucket, String key) implements Location {
    @Override
    public String shown() {
      return "s3://" + bucket + "/" + key;
    }
  }

  /** An artifact of an MLflow run. */
  record RunArtifact(String run, String path) implements Location {
    @Override
    public String shown() {
      return "runs:/" + run + "/" + path;
    }
  }

  /**
   * A version of a registered model.
   *
   * @param version a number, or an alias
   */
  record RegisteredModel(String name, String version) implements Location {
    @Override
    public String shown() {
      return "models:/" + name + (isNumber() ? "/" : "@") + version;
    }

    /** Whether the version is a number. */
    public boolean isNumber() {
      return version.matches("\\d+");
    }
  }

  /** Whether the text names something that is not beside the job file. */
  static boolean isRemote(String text) {
    return SCHEME.matcher(text).matches();
  }

  /** Reads a location. Throws {@link IllegalArgumentException}, without its text, when wrong. */
  static Location parse(String text) {
    Matcher scheme = SCHEME.matcher(text);
    if (!scheme.matches()) {
      return new Local(text);
    }
    return switch (scheme.group(1)) {
      case "http", "https" -> web(text);
      case "s3" -> bucket(matching(BUCKET, text, "s3://bucket/key"));
      case "runs" -> run(matching(RUN, text, "runs:/run_id/path"));
      case "models" -> model(matching(MODEL, text, "models:/name/version or models:/name@alias"));
      default ->
          throw new IllegalArgumentException(
              scheme.group(1) + " is not read from; https, http, s3, runs and models are");
    };
  }

  private static Location bucket(Matcher parts) {
    return new Bucket(parts.group(1), parts.group(2) == null ? "" : parts.group(2));
  }

  private static Location run(Matcher parts) {
    return new RunArtifact(parts.group(1), parts.group(2));
  }

  private static Location model(Matcher parts) {
    return new RegisteredModel(parts.group(1), parts.group(2));
  }

  private static Location web(String text) {
    try {
      URI address = new URI(text);
      if (address.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "a job file holds no password: give DATA_AUTHORIZATION in secrets instead");
      }
      if (address.getHost() == null) {
        throw new IllegalArgumentException("the address names no server");
      }
      return new Web(address);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("the address is malformed: " + e.getReason(), e);
    }
  }

  private static Matcher matching(Pattern pattern, String text, String form) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("it must look like " + form);
    }
    return matcher;
  }
}
