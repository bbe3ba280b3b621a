package nomadml.scheduler.nomad;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Nomad; the same settings as HashiCorp's tools have.
 *
 * @param address {@code http} or {@code https} with host and port
 * @param namespace null submits to {@code default} and lists every namespace
 * @param caCert PEM file of who signs the servers; null trusts what this JVM trusts
 * @param clientCert PEM file, together with {@code clientKey}
 * @param tlsServerName the name in the servers' certificate when it isn't the address's host
 * @param skipVerify accepts any certificate
 * @param consulAsNodesSeeIt given to tasks; null takes what each node's metadata says
 */
public record NomadSettings(
    URI address,
    @Nullable String token,
    @Nullable String namespace,
    @Nullable String region,
    @Nullable Path caCert,
    @Nullable Path clientCert,
    @Nullable Path clientKey,
    @Nullable String tlsServerName,
    boolean skipVerify,
    @Nullable URI consulAsNodesSeeIt) {

  /** Without token or TLS. */
  public static NomadSettings of(URI address) {
    return new NomadSettings(address, null, null, null, null, null, null, null, false, null);
  }

  /** Where a job goes that names no namespace. */
  String submissionNamespace() {
    return namespace == null ? "default" : namespace;
  }

  /** Which namespaces lists show. */
  String listNamespace() {
    return namespace == null ? "*" : namespace;
  }

  /** Never shows the token. */
  @Override
  public String toString() {
    return "NomadSettings[" + address + ", namespace=" + namespace + ", region=" + region + "]";
  }
}
