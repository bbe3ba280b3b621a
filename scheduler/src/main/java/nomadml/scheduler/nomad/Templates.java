package nomadml.scheduler.nomad;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.hashicorp.nomad.apimodel.Template;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import nomadml.spec.JobFile;
import nomadml.spec.Json;

/** What Nomad writes beside the task before it starts; never a reason to restart it. */
final class Templates {
  private Templates() {}

  /** The resolved job file, as it is. */
  static Template jobFile(JobFile file, String path) {
    return new Template()
        .setEmbeddedTmpl(withoutSyntax(json(file)))
        .setDestPath(path)
        .setChangeMode("noop");
  }

  /**
   * Environment variables read from Nomad Variables on the node: the server never sees the values
   * in the job.
   *
   * @param secrets environment variable → {@code path#key}
   */
  static Template secrets(Map<String, String> secrets) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(secrets)
        .forEach(
            (name, variable) -> {
              int mark = variable.lastIndexOf('#');
              lines.append(
                  "%s={{ with nomadVar %s }}{{ (index . %s).Value | toJSON }}{{ end }}\n"
                      .formatted(
                          name,
                          json(variable.substring(0, mark)),
                          json(variable.substring(mark + 1))));
            });
    return new Template()
        .setEmbeddedTmpl(lines.toString())
        .setDestPath("secrets/variables.env")
        .setEnvvars(true)
        .setChangeMode("noop");
  }

  /** In JSON two braces open only inside a string, where one of them may be written as its code. */
  private static String withoutSyntax(String json) {
    return json.replace("{{", "{\\u007b");
  }

  private static String json(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
