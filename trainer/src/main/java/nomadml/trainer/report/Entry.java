package nomadml.trainer.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One thing a run tells, as it is spooled. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Entry.Metrics.class, name = "metrics"),
  @JsonSubTypes.Type(value = Entry.Sample.class, name = "system"),
  @JsonSubTypes.Type(value = Entry.Params.class, name = "params"),
  @JsonSubTypes.Type(value = Entry.Tags.class, name = "tags"),
  @JsonSubTypes.Type(value = Entry.Artifact.class, name = "artifact"),
  @JsonSubTypes.Type(value = Entry.Register.class, name = "register"),
  @JsonSubTypes.Type(value = Entry.Used.class, name = "dataset"),
  @JsonSubTypes.Type(value = Entry.Status.class, name = "status"),
})
sealed interface Entry {
  /** Values measured together. */
  record Metrics(long step, long timestamp, Map<String, Double> values) implements Entry {}

  /** Values of the machine; their step is the next one of the run when they are sent. */
  record Sample(long timestamp, Map<String, Double> values) implements Entry {}

  /** What does not change in a run. */
  record Params(Map<String, String> values) implements Entry {}

  /** What may change. */
  record Tags(Map<String, String> values) implements Entry {}

  /** A file or folder, by reference: its content is read when it is sent. */
  record Artifact(String path, String source) implements Entry {}

  /**
   * A model folder among the artifacts becomes a version of a registered model.
   *
   * @param digest of the folder; unknown when it could not be read
   */
  record Register(String model, String path, @Nullable String digest) implements Entry {}

  /** A data set the run uses. */
  record Used(Dataset dataset) implements Entry {}

  /** The run's status from then on. */
  record Status(RunStatus status, long timestamp) implements Entry {}

  /** Whether it may be dropped when neither memory nor disk has room. */
  default boolean expendable() {
    return this instanceof Metrics || this instanceof Sample;
  }
}
