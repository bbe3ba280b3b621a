package nomadml.scheduler.nomad;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.apache.http.NoHttpResponseException;
import org.apache.http.client.ClientProtocolException;

/** A server that gave no answer at all. */
final class Unreachable {
  private Unreachable() {}

  static SchedulerFailure failure(NomadSettings settings, IOException cause) {
    return new SchedulerFailure(
        ExitCode.SERVER_UNREACHABLE,
        "Nomad at " + settings.address() + " can't be reached: " + reason(cause),
        hint(settings, cause),
        cause);
  }

  private static String reason(IOException cause) {
    if (cause instanceof UnknownHostException) {
      return "there is no such host";
    }
    if (cause instanceof SocketTimeoutException) {
      return "it does not answer in time";
    }
    if (cause instanceof ConnectException) {
      return "nothing listens there";
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private static String hint(NomadSettings settings, IOException cause) {
    boolean secured = "https".equals(settings.address().getScheme());
    if (cause instanceof SSLException) {
      return secured
          ? "NOMAD_CACERT names who signed its certificate, NOMAD_TLS_SERVER_NAME the name in it"
          : "it may want https";
    }
    if (!secured
        && (cause instanceof NoHttpResponseException || cause instanceof ClientProtocolException)) {
      return "it may want https";
    }
    return "is it running? NOMAD_ADDR says where; ./setup.sh up starts one here";
  }
}
