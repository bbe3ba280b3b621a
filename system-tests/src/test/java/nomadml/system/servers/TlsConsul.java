package nomadml.system.servers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real Consul that answers by TLS only, with certificates that Consul's own tool made. */
public final class TlsConsul implements AutoCloseable {
  private final Folders folders;
  private final Certificates certificates;
  private final int port = FreePort.next();
  private final RunningProgram program;

  private TlsConsul(Folders folders, String name, boolean asksForCertificates) {
    this.folders = folders;
    certificates = new Certificates(folders, name);
    certificates.consul("ca", "create");
    certificates.consul("ca", "create", "-domain=other");
    certificates.consul("cert", "create", "-server", "-additional-ipaddress=127.0.0.1");
    certificates.consul("cert", "create", "-client");
    Path config =
        folders.write(
            name + "/agent/consul.hcl",
            """
            node_name = "consul-tls"
            ports { http = -1, https = %1$d, dns = -1, grpc = -1, grpc_tls = -1, serf_wan = -1,
                    serf_lan = %2$d, server = %3$d }
            tls { https {
              ca_file   = "%4$s/consul-agent-ca.pem"
              cert_file = "%4$s/dc1-server-consul-0.pem"
              key_file  = "%4$s/dc1-server-consul-0-key.pem"
              verify_incoming = %5$b
            } }
            disable_update_check = true
            """
                .formatted(
                    port,
                    FreePort.next(),
                    FreePort.next(),
                    certificates.folder(),
                    asksForCertificates));
    program =
        RunningProgram.start(
            "consul with TLS",
            folders.log(name),
            certificates.folder(),
            Map.of(),
            List.of(
                Tools.program("consul", "consul"),
                "agent",
                "-dev",
                "-bind=127.0.0.1",
                "-config-file=" + config));
    program.awaitReady(() -> call("members").awaitExit() == 0);
  }

  /** Starts one beside a cluster. */
  public static TlsConsul beside(Cluster cluster) {
    return new TlsConsul(cluster.folders(), "consul-tls", false);
  }

  /** Starts one beside a cluster that wants to see a certificate of whoever asks. */
  public static TlsConsul askingForCertificates(Cluster cluster) {
    return new TlsConsul(cluster.folders(), "consul-mtls", true);
  }

  public String address() {
    return "https://127.0.0.1:" + port;
  }

  /** A file of the tool: {@code consul-agent-ca.pem}, {@code other-agent-ca.pem} … */
  public String file(String name) {
    return certificates.file(name);
  }

  /** Registers a service that needs no check. */
  public void register(String service, int servicePort) {
    String id = "-name=" + service;
    if (call("services", "register", id, "-address=127.0.0.1", "-port=" + servicePort).awaitExit()
        != 0) {
      throw new AssertionError("could not register " + service);
    }
  }

  private RunningProgram call(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Tools.program("consul", "consul")));
    command.addAll(List.of(arguments));
    return RunningProgram.start(
        "consul " + arguments[0],
        folders.log("consul-tls-tool"),
        certificates.folder(),
        Map.of(
            "CONSUL_HTTP_ADDR", address(),
            "CONSUL_CACERT", file("consul-agent-ca.pem"),
            "CONSUL_CLIENT_CERT", file("dc1-client-consul-0.pem"),
            "CONSUL_CLIENT_KEY", file("dc1-client-consul-0-key.pem")),
        command);
  }

  @Override
  public void close() {
    program.close();
  }
}
