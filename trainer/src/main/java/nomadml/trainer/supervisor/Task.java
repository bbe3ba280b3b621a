package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import nomadml.spec.CheckpointPlace;
import nomadml.spec.Environment;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Launches;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler asks of this supervisor, read from the environment.
 *
 * @param runId made at submission; null when MLflow could not be reached then
 * @param local without a cluster
 * @param checkpoints where they are kept; null when neither the job nor the operator says
 */
public record Task(
    JobFile job,
    Path jobFile,
    String submission,
    @Nullable String runId,
    Path runFolder,
    List<Input> inputs,
    String gitCommit,
    boolean local,
    String jobId,
    String namespace,
    String allocation,
    String node,
    @Nullable CheckpointPlace checkpoints) {

  private static final String JOB_ID = "NOMAD_JOB_ID";

  /** Reads the environment. Throws {@link IllegalArgumentException} with all that is wrong. */
  public static Task read(Map<String, String> environment) {
    Reading reading = new Reading(environment);
    String jobFile = reading.required(Environment.JOB_FILE);
    String submission = reading.required(Environment.SUBMISSION_ID);
    String runFolder = reading.required(Environment.RUN_FOLDER);
    JobFile job = reading.job(jobFile);
    List<Input> inputs = reading.inputs();
    CheckpointPlace checkpoints = reading.checkpoints(job);
    reading.requireNoProblems();
    String runId = reading.optional(Environment.RUN_ID);
    return new Task(
        job,
        Path.of(jobFile).toAbsolutePath(),
        Launches.submission(submission, reading.optional(JOB_ID)),
        runId.isEmpty() ? null : runId,
        Path.of(runFolder).toAbsolutePath().normalize(),
        inputs,
        reading.optional(Environment.GIT_COMMIT),
        reading.optional(Environment.MODE).equals("local"),
        reading.optional(JOB_ID),
        reading.optional("NOMAD_NAMESPACE"),
        reading.optional("NOMAD_ALLOC_ID"),
        reading.node(),
        checkpoints);
  }

  Duration timeLimit() {
    return job.timeLimit() == null
        ? Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000)
        : job.timeLimit().duration();
  }

  /** The architecture, or that it is a program of the user. */
  String model() {
    return job.train() == null
        ? "command"
        : job.train().model().type().name().toLowerCase(Locale.ROOT);
  }

  /** Collects problems, so that all are told at once. */
  private static final class Reading {
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    Reading(Map<String, String> environment) {
      this.environment = environment;
    }

    String optional(String variable) {
      String value = environment.getOrDefault(variable, "").strip();
      return value.startsWith("${") ? "" : value; // Nomad leaves what it does not know.
    }

    String required(String variable) {
      String value = optional(variable);
      if (value.isEmpty()) {
        problems.add(variable + " is not set");
      } else if (value.indexOf('\0') >= 0) {
        problems.add(variable + " is not usable");
      }
      return value;
    }

    String node() {
      String named = optional(Environment.NODE);
      return named.isEmpty() ? environment.getOrDefault("HOSTNAME", "localhost") : named;
    }

    @SuppressWarnings("NullAway") // Null only with a problem, which is thrown before it is used.
    JobFile job(String path) {
      if (path.isEmpty()) {
        return null;
      }
      try {
        JobFile job = Json.MAPPER.readValue(Files.readString(Path.of(path)), JobFile.class);
        if ((job.train() == null) == (job.command() == null)) {
          problems.add(path + " has neither or both of train: and command:");
        }
        return job;
      } catch (JsonProcessingException e) {
        problems.add("%s is no resolved job file: %s".formatted(path, e.getOriginalMessage()));
      } catch (IOException e) {
        problems.add("%s can't be read: %s".formatted(path, e.getClass().getSimpleName()));
      }
      return null;
    }

    @Nullable CheckpointPlace checkpoints(@Nullable JobFile job) {
      Train train = job == null ? null : job.train();
      String asked = train == null ? null : train.checkpoint().storage();
      String place = asked == null ? optional(Environment.CHECKPOINT_STORAGE) : asked;
      try {
        return place.isEmpty() ? null : CheckpointPlace.parse(place);
      } catch (IllegalArgumentException e) {
        problems.add(
            "%s must be %s"
                .formatted(
                    asked == null ? Environment.CHECKPOINT_STORAGE : "train.checkpoint.storage",
                    CheckpointPlace.FORM));
        return null;
      }
    }

    List<Input> inputs() {
      String json = optional(Environment.INPUTS);
      if (json.isEmpty()) {
        return List.of();
      }
      try {
        List<Input> inputs = Json.MAPPER.readValue(json, new TypeReference<List<Input>>() {});
        for (Input input : inputs) {
          Path path = Path.of(input.path());
          if (path.isAbsolute() || path.normalize().startsWith("..")) {
            problems.add("%s: %s leaves the working folder".formatted(Environment.INPUTS, path));
          }
        }
        return inputs;
      } catch (JsonProcessingException e) {
        problems.add(
            "%s is no list of inputs: %s".formatted(Environment.INPUTS, e.getOriginalMessage()));
        return List.of();
      }
    }

    void requireNoProblems() {
      if (!problems.isEmpty()) {
        throw new IllegalArgumentException(
            "the environment is not one that submit-job made:\n  %s\nhint: `submit-job job.yaml` starts the supervisor; without a cluster it does so here"
                .formatted(String.join("\n  ", problems)));
      }
    }
  }
}
