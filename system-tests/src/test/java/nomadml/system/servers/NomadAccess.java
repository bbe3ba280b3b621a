package nomadml.system.servers;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a Nomad is spoken to: by anybody, or by TLS with certificates on both sides and a token. */
public final class NomadAccess {
  private static final String AUTHORITY = "nomad-agent-ca.pem";

  private final @Nullable Certificates certificates;
  private String token = "";

  private NomadAccess(@Nullable Certificates certificates) {
    this.certificates = certificates;
  }

  static NomadAccess open() {
    return new NomadAccess(null);
  }

  /** With certificates that Nomad's own tool makes. */
  static NomadAccess secured(Folders folders) {
    Certificates certificates = new Certificates(folders, "nomad-tls");
    certificates.nomad("ca", "create");
    certificates.consul("ca", "create", "-domain=other");
    certificates.nomad("cert", "create", "-server");
    certificates.nomad("cert", "create", "-client");
    certificates.nomad("cert", "create", "-cli");
    return new NomadAccess(certificates);
  }

  boolean isSecured() {
    return certificates != null;
  }

  /** Who asks from now on. */
  void token(String secret) {
    token = secret;
  }

  /** The token of the first administrator. */
  public String token() {
    return token;
  }

  String address(int port) {
    return (certificates == null ? "http" : "https") + "://127.0.0.1:" + port;
  }

  Rest rest(int port) {
    if (certificates == null) {
      return new Rest(port);
    }
    return new Rest(
        address(port),
        certificates.context(AUTHORITY, "global-cli-nomad.pem", "global-cli-nomad-key.pem"),
        token.isEmpty() ? Map.of() : Map.of("X-Nomad-Token", token));
  }

  /** The file of the authority, and of one that has nothing to do with it. */
  public String authority() {
    return file(AUTHORITY);
  }

  public String otherAuthority() {
    return file("other-agent-ca.pem");
  }

  public String certificate() {
    return file("global-cli-nomad.pem");
  }

  public String key() {
    return file("global-cli-nomad-key.pem");
  }

  private String file(String name) {
    if (certificates == null) {
      throw new IllegalStateException("this Nomad asks for no certificates");
    }
    return certificates.file(name);
  }

  /** What an agent's configuration says of it; {@code server} or {@code client}. */
  String configuration(String kind) {
    return certificates == null
        ? ""
        : """
          acl { enabled = true }
          tls {
            http                   = true
            rpc                    = true
            ca_file                = "%1$s/nomad-agent-ca.pem"
            cert_file              = "%1$s/global-%2$s-nomad.pem"
            key_file               = "%1$s/global-%2$s-nomad-key.pem"
            verify_server_hostname = true
            verify_https_client    = true
          }
          """
            .formatted(certificates.folder(), kind);
  }
}
