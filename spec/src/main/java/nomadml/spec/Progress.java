package nomadml.spec;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One JSON line on the supervisor's stdout; what {@code --follow} shows. The DJL worker writes the
 * same lines to the supervisor.
 *
 * @param kind see {@link Kind}; the first field of the line, so that other output is not taken for
 *     it
 * @param epoch completed epochs
 * @param step completed optimizer steps, over all attempts
 * @param metrics by MLflow's key: {@code train_loss}, {@code validation_loss}, {@code
 *     validation_accuracy}, {@code learning_rate}, {@code samples_per_second}, {@code
 *     samples_total} …
 * @param facts words about the run: {@code device}, {@code data_sha256}, {@code model_folder},
 *     {@code checkpoint} (a folder) …
 * @param cause why it ended; on {@link Kind#FAILED}
 * @param message for a person: what happened, with evidence
 * @param hint what to type next
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Progress(
    @JsonProperty(ProgressLine.KEY) Kind kind,
    long timestamp,
    @Nullable Integer epoch,
    @Nullable Integer epochs,
    @Nullable Long step,
    @Nullable Map<String, Double> metrics,
    @Nullable Map<String, String> facts,
    @Nullable FailureCause cause,
    @Nullable String message,
    @Nullable String hint) {

  /** What a line tells. */
  public enum Kind {
    /** The supervisor has begun an attempt; facts: attempt, run_id, node, allocation. */
    ATTEMPT,
    /**
     * The worker has its data, model and device; facts: device, threads, parameters, data_sha256,
     * classes …
     */
    STARTED,
    /** The worker goes on from a checkpoint. */
    RESUMED,
    /** Metrics between epochs. */
    STEP,
    /** An epoch is done. */
    EPOCH,
    /** A checkpoint is complete on disk; facts: checkpoint (its folder). */
    CHECKPOINT,
    /** Something the user should know; the training goes on. */
    WARNING,
    /** A signal ended it after a checkpoint; the run can be resumed. */
    STOPPED,
    /** Trained to the end; facts: model_folder; metrics: the best epoch's. */
    FINISHED,
    /** Ended without success. */
    FAILED
  }
}
