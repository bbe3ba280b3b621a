package nomadml.scheduler.nomad;

import com.hashicorp.nomad.javasdk.ErrorResponseException;
import com.hashicorp.nomad.javasdk.NomadApiClient;
import com.hashicorp.nomad.javasdk.NomadApiConfiguration;
import com.hashicorp.nomad.javasdk.NomadException;
import com.hashicorp.nomad.javasdk.WriteOptions;
import java.io.IOException;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.PlainHttp;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.conn.ssl.NoopHostnameVerifier;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClientBuilder;
import org.jspecify.annotations.Nullable;

/** The one HTTP client, HashiCorp's library over it, and what a failed call means. */
record Connection(NomadSettings settings, NomadApiClient library, NomadRest rest) {
  /** Several are open at once: a log that is followed, two reads that wait, and short ones. */
  private static final int CONNECTIONS = 32;

  /** How Nomad's servers say that none of them has a connection from the node's agent. */
  static final String NO_PATH = "No path to node";

  static Connection open(NomadSettings settings) {
    RequestConfig timeouts =
        RequestConfig.custom().setConnectTimeout(5_000).setSocketTimeout(30_000).build();
    HttpClientBuilder builder =
        "https".equals(settings.address().getScheme())
            ? HttpClientBuilder.create()
                .setMaxConnPerRoute(CONNECTIONS)
                .setMaxConnTotal(CONNECTIONS)
                .setSSLContext(Tls.context(settings))
                .setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE)
            : PlainHttp.builder(CONNECTIONS);
    builder.setDefaultRequestConfig(timeouts).disableAutomaticRetries(); // It talks about each.
    CloseableHttpClient http = builder.build();
    NomadApiConfiguration.Builder library =
        new NomadApiConfiguration.Builder().setAddress(settings.address().toString());
    if (settings.token() != null) {
      library.setAuthToken(settings.token());
    }
    if (settings.region() != null) {
      library.setRegion(settings.region());
    }
    return new Connection(
        settings, new NomadApiClient(library.build(), http), new NomadRest(http, settings));
  }

  WriteOptions in(String namespace) {
    return new WriteOptions(settings.region()).setNamespace(namespace);
  }

  /** One call to the server. */
  interface Call<T> {
    T run() throws IOException, NomadException;
  }

  /**
   * Makes a call, and a failure of it one a person understands.
   *
   * @param what it does, such as {@code read its nodes}
   */
  <T> T attempt(String what, Call<T> call) {
    try {
      return call.run();
    } catch (ErrorResponseException e) {
      throw refused(what, e.getServerErrorCode(), String.valueOf(e.getServerErrorMessage()), e);
    } catch (NomadRest.Refused e) {
      throw refused(what, e.status(), String.valueOf(e.getMessage()), e);
    } catch (NomadException e) {
      throw failure("could not " + what + ": " + e.getMessage(), null, e);
    } catch (IOException e) {
      throw Unreachable.failure(settings, e);
    }
  }

  private SchedulerFailure refused(String what, int status, String answer, Exception cause) {
    String reason = answer.replaceFirst("^1 error occurred:\\s*\\* ", "").strip();
    String message = "could not " + what + ": " + reason;
    if (status == 403 || reason.contains("Permission denied")) {
      return new DeniedFailure(name() + " denied to " + what + ": " + reason, tokenHint(), cause);
    }
    if (reason.contains("HTTP request to an HTTPS server")) {
      return failure(
          "speaks TLS, and was asked without it",
          "NOMAD_ADDR=https://…; NOMAD_CACERT names who signed its certificate",
          cause);
    }
    if (reason.contains(NO_PATH)) {
      return failure(
          "could not " + what + ": no Nomad server has a connection from its node",
          "nomad node status shows whether its agent is down; one that was restarted is back within a minute",
          cause);
    }
    if (reason.contains("nonexistent namespace")) {
      return failure(
          message,
          "nomad namespace list shows them; placement.namespace or NOMAD_NAMESPACE chooses one",
          cause);
    }
    if (reason.contains("nonexistent node pool")) {
      return failure(
          message, "nomad node pool list shows them; placement.node_pool chooses one", cause);
    }
    if (status == 400 || answer.contains("error occurred") || answer.contains("errors occurred")) {
      return new SchedulerFailure(
          ExitCode.USAGE,
          name() + " " + message,
          "submit-job render shows the job it was given",
          cause);
    }
    return failure(message, "nomad server members shows how its servers are", cause);
  }

  private String tokenHint() {
    return settings.token() == null
        ? "set NOMAD_TOKEN to a token that may"
        : "the token of NOMAD_TOKEN or the context needs submit-job, read-job and read-logs in the namespace, and node read";
  }

  private SchedulerFailure failure(String message, @Nullable String hint, Exception cause) {
    return new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, name() + " " + message, hint, cause);
  }

  String name() {
    return "Nomad at " + settings.address();
  }
}
