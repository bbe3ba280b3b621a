package nomadml.scheduler.nomad;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Input;
import nomadml.spec.Json;

/** The inputs of a job as the value of an environment variable. */
final class InputList {
  /** Linux refuses a program whose variable is longer than 128 KiB. */
  private static final int LIMIT = 120 << 10;

  private InputList() {}

  static String encode(List<Input> inputs) {
    try {
      String json = Json.MAPPER.writeValueAsString(inputs);
      if (json.getBytes(StandardCharsets.UTF_8).length > LIMIT) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            inputs.size() + " input files are too many for one job on a cluster",
            "pack them into one file, such as a csv or idx data set, or read them from where all nodes see them");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
