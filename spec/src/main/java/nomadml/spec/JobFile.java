package nomadml.spec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One training job, as the user wrote it and with every default filled in.
 *
 * @param name 1–63 characters of a–z, 0–9 and -; part of the Nomad job's id
 * @param experiment the MLflow experiment; the name by default
 * @param train what the DJL trainer does; null when {@code command} is given
 * @param command program and arguments to run instead of the trainer
 * @param inputs local files or folders the command needs, relative to the job file
 * @param image Docker image; only with the docker driver
 * @param driver Nomad task driver; null takes what the cluster has
 * @param env further environment variables
 * @param secrets environment variable → {@code path#key} of a Nomad Variable
 * @param timeLimit of the whole run, all attempts together; null for none
 * @param priority 1 to 100
 * @param register name of the registered model that gets a version when the run finishes
 * @param nomad merged last into the rendered Nomad job; empty by default
 */
public record JobFile(
    String name,
    String experiment,
    @Nullable Train train,
    @Nullable List<String> command,
    List<String> inputs,
    @Nullable String image,
    @Nullable Driver driver,
    Map<String, String> env,
    Map<String, String> secrets,
    Resources resources,
    Retry retry,
    @Nullable TimeSpan timeLimit,
    int priority,
    Placement placement,
    @Nullable String register,
    ObjectNode nomad) {

  /** Nomad's task drivers. */
  public enum Driver {
    DOCKER,
    EXEC,
    JAVA,
    RAW_EXEC
  }

  /**
   * What the task gets.
   *
   * @param cpu MHz
   * @param memory the limit; a training above it is killed
   * @param disk for checkpoints, spool and logs
   * @param gpu null for none
   */
  public record Resources(int cpu, ByteSize memory, ByteSize disk, @Nullable Gpu gpu) {}

  /**
   * A GPU request.
   *
   * @param count at least 1
   * @param model a part of the device's name such as {@code H200}; null for any
   * @param memory an operator and a size such as {@code >=40GiB}; null for any
   * @param required false: a cluster that has no such device trains on the CPU, a busy device is
   *     waited for
   */
  public record Gpu(int count, @Nullable String model, @Nullable String memory, boolean required) {}

  /**
   * Which failures are tried again.
   *
   * @param attempts all together, the first one too; at least 1
   * @param on causes that are tried again
   */
  public record Retry(int attempts, List<FailureCause> on) {}

  /**
   * Where the job may run.
   *
   * @param namespace null takes the context's
   * @param nodePool null takes the namespace's default
   * @param datacenters names or globs
   * @param constraints Nomad constraints, all of which must hold
   */
  public record Placement(
      @Nullable String namespace,
      @Nullable String nodePool,
      List<String> datacenters,
      List<Constraint> constraints) {}

  /**
   * A Nomad constraint such as {@code attribute: ${attr.kernel.name}, operator: "=", value: linux}.
   */
  public record Constraint(String attribute, String operator, String value) {}
}
