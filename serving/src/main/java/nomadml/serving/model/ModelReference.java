package nomadml.serving.model;

import java.nio.file.Files;
import java.nio.file.Path;
import nomadml.serving.ServingFailure;
import nomadml.spec.Location;

/** Which model is to be served, as {@code --model} says it. */
public sealed interface ModelReference {

  /** A folder, or a TorchScript file. */
  record Folder(Path path) implements ModelReference {}

  /** A version of a registered model, or what an alias or {@code latest} stands for now. */
  record Registered(Location.RegisteredModel location) implements ModelReference {
    /** Whether another version may be meant tomorrow. */
    public boolean isMoving() {
      return !location.isNumber();
    }
  }

  /** Reads it; {@link ServingFailure} when it names nothing. */
  static ModelReference parse(String text) {
    if (text.startsWith("models:")) {
      try {
        return new Registered((Location.RegisteredModel) Location.parse(text));
      } catch (IllegalArgumentException | ClassCastException e) {
        throw ServingFailure.usage(
            "--model %s can't be read: it must look like models:/NAME/VERSION".formatted(text),
            "models:/NAME/3, models:/NAME@champion, models:/NAME/latest, or a folder");
      }
    }
    Path path = Path.of(text);
    if (!Files.exists(path)) {
      throw ServingFailure.usage(
          "--model: there is no folder " + text,
          "models:/NAME/3, models:/NAME@champion, models:/NAME/latest, or a folder");
    }
    return new Folder(path);
  }
}
