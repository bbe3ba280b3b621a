package nomadml.serving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import nomadml.serving.ServingFailure;
import nomadml.spec.ContentDigest;
import nomadml.spec.ExitCode;
import nomadml.spec.Location;
import nomadml.spec.ModelDigest;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.mlflow.MlflowSources;
import nomadml.trainer.mlflow.ModelVersion;
import nomadml.trainer.sources.ChangedSourceException;
import nomadml.trainer.sources.NodeCache;
import org.jspecify.annotations.Nullable;

/** Brings models to the disk, and lets none through that is not what it should be. */
public final class ModelStore {
  private static final String PREFIX = "sha256:";

  private final MlflowSources registry;
  private final NodeCache cache;

  public ModelStore(MlflowSources registry, NodeCache cache) {
    this.registry = registry;
    this.cache = cache;
  }

  /** A model that is here, whole. */
  public record Stored(Path folder, Identity identity) {}

  /**
   * Brings it.
   *
   * @param name to serve it by; null takes the registered model's, or the folder's
   * @param digest it must have; null takes what the registry says, if anything
   */
  public Stored bring(ModelReference reference, @Nullable String name, @Nullable String digest) {
    try {
      return reference instanceof ModelReference.Registered registered
          ? fetch(registered.location(), name, digest)
          : verify(((ModelReference.Folder) reference).path(), name, digest);
    } catch (IOException e) {
      throw new ServingFailure(
          ExitCode.SERVER_UNREACHABLE,
          "the model can't be fetched: " + e.getMessage(),
          "see that MLflow answers from here: MLFLOW_TRACKING_URI, or Consul's service mlflow");
    } catch (TrainingFailure e) {
      throw ServingFailure.usage(String.valueOf(e.getMessage()), e.hint());
    }
  }

  /** The number of the version that is meant now. */
  public String version(Location.RegisteredModel location) throws IOException {
    return registry.version(location).number();
  }

  private Stored fetch(
      Location.RegisteredModel location, @Nullable String name, @Nullable String digest)
      throws IOException {
    if (digest != null && location.isNumber()) {
      Optional<Path> here = cache.kept(new NodeCache.Wanted(location.shown(), true, bare(digest)));
      if (here.isPresent()) { // Nobody need be asked: MLflow may be away.
        return new Stored(
            here.get(),
            new Identity(name == null ? location.name() : name, location.version(), digest, ""));
      }
    }
    ModelVersion version;
    try {
      version = registry.version(location);
    } catch (NoSuchFileException e) {
      throw ServingFailure.usage(
          String.valueOf(e.getMessage()),
          "name a version, alias or model that MLflow's Models page shows");
    }
    String wanted = digest == null ? version.digest() : digest;
    NodeCache.Found found;
    try {
      found =
          cache.bring(
              new NodeCache.Wanted(
                  version.location().shown(), true, wanted == null ? null : bare(wanted)),
              registry.folder(version));
    } catch (ChangedSourceException e) {
      throw other(location.shown(), PREFIX + e.found(), String.valueOf(wanted));
    }
    return new Stored(
        found.folder(),
        new Identity(
            name == null ? location.name() : name,
            version.number(),
            PREFIX + found.sha256(),
            version.runId()));
  }

  private static Stored verify(Path given, @Nullable String name, @Nullable String digest)
      throws IOException {
    Path path = given.toRealPath();
    String found =
        Files.isRegularFile(path) ? PREFIX + ContentDigest.ofFile(path) : ModelDigest.of(path);
    if (digest != null && !digest.equals(found)) {
      throw other(path.toString(), found, digest);
    }
    Path last = given.toAbsolutePath().normalize().getFileName();
    String called = last == null ? "model" : last.toString().replaceAll("\\.(pt|pth|ts)$", "");
    return new Stored(path, new Identity(name == null ? called : name, "0", found, ""));
  }

  /** The 64 digits; {@link ServingFailure} when it is no digest. */
  private static String bare(String digest) {
    if (!digest.matches(PREFIX + "[0-9a-f]{64}")) {
      throw ServingFailure.usage(
          "\"%s\" is no digest".formatted(digest),
          "sha256: and 64 digits, as submit-job deploy shows it");
    }
    return digest.substring(PREFIX.length());
  }

  private static ServingFailure other(String what, String found, String wanted) {
    return ServingFailure.usage(
        "%s is not what it should be: its digest is %s, and %s is wanted"
            .formatted(what, found, wanted),
        "somebody changed the model's files: register it anew, and deploy that version");
  }
}
