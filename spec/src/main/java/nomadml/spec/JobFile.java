package nomadml.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One training job, as the user wrote it and with every default filled in. */
public record JobFile(
    @Field(
            value = "names the job; a part of its id in Nomad",
            pattern = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            form = "1 to 63 characters of a-z, 0-9 and -, no - at its ends")
        String name,
    @Field(
            value = "the MLflow experiment",
            sameAs = "name",
            pattern = "\\S(.*\\S)?",
            form = "text without blanks around it")
        String experiment,
    @Field("what the built-in trainer does; this or command") @Nullable Train train,
    @Field("program and arguments to run instead of the built-in trainer")
        @Nullable List<String> command,
    @Field("local files or folders the job needs, relative to the job file") List<String> inputs,
    @Field("Docker image; takes the docker driver") @Nullable String image,
    @Field("Nomad task driver; what the cluster has by default") @Nullable Driver driver,
    @Field("further environment variables") Map<String, String> env,
    @Field(
            value = "environment variable → path#key of a Nomad Variable",
            pattern = "[^#]+#[^#]+",
            form = "path#key of a Nomad Variable")
        Map<String, String> secrets,
    @Field("what the task gets") Resources resources,
    @Field("which failures are tried again") Retry retry,
    @Field("of the whole run, all attempts together; none by default") @Nullable TimeSpan timeLimit,
    @Field(value = "starts a run again and again; once by default", alone = "cron")
        @Nullable Schedule schedule,
    @Field(value = "a higher one goes first", fallback = "50", atLeast = 1, atMost = 100)
        int priority,
    @Field("where the job may run") Placement placement,
    @Field(
            value = "name of the registered model that gets a version when the run finishes",
            pattern = "[^/:]+",
            form = "a name without / and :")
        @Nullable String register,
    @JsonProperty("notify") // No component of a record can be called so.
        @Field("who is told of the run's first metric and of its end")
        List<Notification> notifications,
    @Field(
            value = "merged last into the Nomad job, with the names of its JSON API",
            fallback = "{}")
        ObjectNode nomad) {

  /** Nomad's task drivers. */
  public enum Driver {
    DOCKER,
    EXEC,
    JAVA,
    RAW_EXEC
  }

  /** When Nomad starts a run. */
  public record Schedule(
      @Field(
              "minute, hour, day of the month, month, day of the week, and a year if wanted; of seven fields the first is the second; or @hourly, @daily, @weekly, @monthly, @yearly")
          String cron,
      @Field(value = "of cron, such as Europe/Berlin", fallback = "UTC") String timeZone,
      @Field(value = "true: a run starts while the one before goes on", fallback = "false")
          boolean overlap) {}

  /** Who is told, and of what. */
  public record Notification(
      @Field(
              value = "a name that the platform's operator gave an address",
              pattern = "[A-Za-z0-9_]{1,64}",
              form = "1 to 64 letters, digits and _")
          String to,
      @Field(value = "of what", fallback = "[finished, failed]") List<Event> on) {}

  /** What people are told of. */
  public enum Event {
    FIRST_METRIC,
    FINISHED,
    FAILED,
    KILLED
  }

  /** What the task gets. */
  public record Resources(
      @Field(value = "MHz", fallback = "1000", atLeast = 1) int cpu,
      @Field(
              value = "the limit; a training above it is killed",
              fallback = "1GiB",
              atLeast = 64 << 20)
          ByteSize memory,
      @Field(value = "for checkpoints, spool and logs", fallback = "1GiB", atLeast = 64 << 20)
          ByteSize disk,
      @Field("none by default") @Nullable Gpu gpu) {}

  /** A GPU request. */
  public record Gpu(
      @Field(value = "how many", fallback = "1", atLeast = 1) int count,
      @Field("a part of the device's name such as H200; any by default") @Nullable String model,
      @Field(
              value = "of each device, such as \">=40GiB\"; any by default",
              pattern = "(>=|>|=|<|<=) *\\d+(\\.\\d+)? *[KMGT]i?B",
              form = "an operator and a size such as >=40GiB")
          @Nullable String memory,
      @Field(
              value =
                  "false: a cluster that has no such device trains on the CPU; a busy device is waited for",
              fallback = "true")
          boolean required) {}

  /** Which failures are tried again. */
  public record Retry(
      @Field(value = "all together, the first one too", fallback = "3", atLeast = 1) int attempts,
      @Field(
              value = "causes that are tried again",
              fallback = "[node_lost, preempted, out_of_memory, native_crash, drained]")
          List<FailureCause> on) {}

  /** Where the job may run. */
  public record Placement(
      @Field("Nomad namespace; the context's by default") @Nullable String namespace,
      @Field("Nomad node pool; the namespace's by default") @Nullable String nodePool,
      @Field(value = "names or globs", fallback = "[\"*\"]") List<String> datacenters,
      @Field("Nomad constraints, all of which must hold") List<Constraint> constraints) {}

  /**
   * A Nomad constraint such as {@code attribute: ${attr.kernel.name}, operator: "=", value: linux}.
   */
  public record Constraint(
      @Field("such as ${attr.kernel.name}") String attribute,
      @Field(
              value = "how they are compared",
              fallback = "=",
              words = {
                "=",
                "==",
                "is",
                "!=",
                "not",
                ">",
                ">=",
                "<",
                "<=",
                "regexp",
                "version",
                "semver",
                "set_contains",
                "set_contains_all",
                "set_contains_any",
                "is_set",
                "is_not_set",
                "distinct_hosts",
                "distinct_property"
              })
          String operator,
      @Field(value = "what the attribute is held against", fallback = "\"\"") String value) {}
}
