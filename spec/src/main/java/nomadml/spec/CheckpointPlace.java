package nomadml.spec;

/** Where a run's checkpoints are kept away from its node. */
public sealed interface CheckpointPlace {
  /** How a place is written, for a person. */
  String FORM = "mlflow, s3://bucket/prefix or the absolute path of a folder that every node sees";

  /** Among the run's artifacts. */
  record Mlflow() implements CheckpointPlace {}

  /**
   * Objects of an S3 bucket.
   *
   * @param prefix without slashes at its ends; empty for the whole bucket
   */
  record Bucket(String bucket, String prefix) implements CheckpointPlace {}

  /** A folder that every node sees, such as a host volume. */
  record Folder(String path) implements CheckpointPlace {}

  /** Reads a place. Throws {@link IllegalArgumentException} when the text is none. */
  static CheckpointPlace parse(String text) {
    if (text.equals("mlflow")) {
      return new Mlflow();
    }
    if (text.startsWith("/")) {
      return new Folder(text);
    }
    if (Location.parse(text) instanceof Location.Bucket place) {
      return new Bucket(place.bucket(), place.key().replaceAll("^/+|/+$", ""));
    }
    throw new IllegalArgumentException(text + " is not " + FORM);
  }
}
