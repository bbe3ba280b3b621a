package nomadml.scheduler.context;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server and how it is spoken to.
 *
 * @param source who named it, for messages: {@code NOMAD_ADDR}, {@code context lab}
 * @param token never shown
 */
public record Server(URI address, String source, @Nullable String token, Tls tls) {

  /** How TLS is checked; nulls mean the JVM's own trust and no client certificate. */
  public record Tls(
      @Nullable Path caCert,
      @Nullable Path clientCert,
      @Nullable Path clientKey,
      @Nullable String serverName,
      boolean skipVerify) {
    public static final Tls NONE = new Tls(null, null, null, null, false);

    /** Empty when the JVM's own trust does. */
    public Optional<SSLContext> context(String source) {
      return equals(NONE) ? Optional.empty() : Optional.of(Certificates.context(this, source));
    }
  }

  @Override
  public String toString() {
    return address + " (from " + source + ")";
  }
}
