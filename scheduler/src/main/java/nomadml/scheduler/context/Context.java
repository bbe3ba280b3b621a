package nomadml.scheduler.context;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/**
 * Servers under a name. Tokens are named, never written into the file.
 *
 * @param deploy how models are deployed there, as options of {@code submit-job deploy}
 */
record Context(String name, Map<String, String> values, List<String> deploy) {
  static final Set<String> SERVERS = Set.of("nomad", "consul", "mlflow", "prometheus");
  static final Set<String> FIELDS =
      Set.of(
          "nomad",
          "nomad_token_file",
          "nomad_token_variable",
          "namespace",
          "region",
          "consul",
          "consul_token_file",
          "consul_token_variable",
          "consul_for_nodes",
          "mlflow",
          "mlflow_token_file",
          "mlflow_token_variable",
          "mlflow_ca_cert",
          "grafana",
          "prometheus",
          "prometheus_token_file",
          "prometheus_token_variable",
          "ca_cert",
          "client_cert",
          "client_key",
          "tls_server_name");

  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  static final Context NONE = new Context("", Map.of(), List.of());

  Optional<String> value(String field) {
    return Optional.ofNullable(values.get(field));
  }

  Optional<Path> path(String field, Map<String, String> environment) {
    return value(field).map(text -> expand(text, environment));
  }

  /** The token of {@code nomad}, {@code consul} or {@code mlflow}. */
  Optional<String> token(String server, Map<String, String> environment) {
    Optional<String> variable = value(server + "_token_variable");
    if (variable.isPresent()) {
      String token = environment.getOrDefault(variable.get(), "");
      if (token.isEmpty()) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            "context "
                + name
                + " takes "
                + server
                + "'s token from "
                + variable.get()
                + ", which is not set",
            "export " + variable.get() + "=…");
      }
      return Optional.of(token);
    }
    return path(server + "_token_file", environment).map(this::secret);
  }

  private String secret(Path file) {
    try {
      if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
        throw new SchedulerFailure(
            ExitCode.USAGE, "others may read the token in " + file, "chmod 600 " + file);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE, "context " + name + ": can't read the token in " + file, null, e);
    }
  }

  private static Path expand(String text, Map<String, String> environment) {
    return text.startsWith("~/")
        ? Path.of(environment.getOrDefault("HOME", ""), text.substring(2))
        : Path.of(text);
  }
}
