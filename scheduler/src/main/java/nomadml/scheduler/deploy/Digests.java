package nomadml.scheduler.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.ModelDigest;
import nomadml.spec.Names;

/** The SHA-256 of a model version: its tag, or of its files, which then becomes the tag. */
record Digests(Registry registry) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

  String of(ModelVersion version) {
    String known = version.tags().getOrDefault(Names.TAG_MODEL_DIGEST, "");
    if (FORM.matcher(known).matches()) {
      return known;
    }
    if (!known.isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "tag %s of %s is '%s', no digest".formatted(Names.TAG_MODEL_DIGEST, version, known),
          "delete the tag in MLflow: it is computed again");
    }
    String digest = compute(version);
    registry.setTags(version, Map.of(Names.TAG_MODEL_DIGEST, digest));
    return digest;
  }

  private String compute(ModelVersion version) {
    Map<String, String> files = new TreeMap<>();
    for (String path : registry.files(version)) {
      files.put(path, sha256(version, path));
    }
    if (files.isEmpty()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          version + " has no files in " + registry.name(),
          "register a model that was logged: " + version.source() + " is empty");
    }
    return ModelDigest.of(files);
  }

  private String sha256(ModelVersion version, String path) {
    try (DigestInputStream content =
        new DigestInputStream(registry.open(version, path), MessageDigest.getInstance("SHA-256"))) {
      content.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(content.getMessageDigest().digest());
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "could not read " + path + " of " + version + " from " + registry.name(),
          "type it again",
          e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }

  /** A file of the registry that is small enough for memory. */
  static byte[] read(InputStream content, String what) {
    try (content) {
      return content.readAllBytes();
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE, "could not read " + what, "type it again", e);
    }
  }
}
