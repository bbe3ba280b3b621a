package nomadml.scheduler.nomad;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

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
    if (secured && cause instanceof SocketException && !(cause instanceof ConnectException)) {
      return "NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY name the certificate it may ask for";
    }
    if (cause instanceof SSLException
        && String.valueOf(cause.getMessage()).contains("SSL message")) {
      return "it may speak plain http: NOMAD_ADDR=http://…";
    }
    if (cause instanceof SSLException
        && String.valueOf(cause.getMessage()).matches("(?s).*(required|bad_certificate).*")) {
      return "NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY name the certificate it asks for";
    }
    if (cause instanceof SSLException) {
      return "NOMAD_CACERT names who signed its certificate, NOMAD_TLS_SERVER_NAME the name in it";
    }
    return "is it running? NOMAD_ADDR says where; ./setup.sh up starts one here";
  }
}
