package nomadml.system.servers;

import java.util.List;
import java.util.Map;

/**
 * A real MLflow server that answers by TLS and to whoever knows its password only. It has the
 * database and the artifacts of a cluster's MLflow, which tells what came of it.
 */
public final class SecuredMlflow implements AutoCloseable {
  public static final String USER = "trainer";

  /** With what a header, an environment file and a shell may trip over; MLflow takes ASCII only. */
  public static final String PASSWORD = "a \"secret\": 1%2 & $HOME 'e'";

  private final int port = FreePort.next();
  private final Certificates certificates;
  private final RunningProgram program;

  private SecuredMlflow(Cluster cluster) {
    Folders folders = cluster.folders();
    certificates = new Certificates(folders, "mlflow-tls");
    certificates.consul("ca", "create");
    certificates.consul("ca", "create", "-domain=other");
    certificates.consul("cert", "create", "-server", "-additional-ipaddress=127.0.0.1");
    var state = folders.state("mlflow");
    var settings =
        folders.write(
            "mlflow-tls/auth.ini",
            """
            [mlflow]
            default_permission = READ
            database_uri = sqlite:///%s
            admin_username = %s
            admin_password = %s
            authorization_function = mlflow.server.auth:authenticate_request_basic_auth
            """
                .formatted(state.resolve("users.db"), USER, PASSWORD.replace("%", "%%")));
    program =
        RunningProgram.start(
            "mlflow with TLS and a password",
            folders.log("mlflow-tls"),
            state,
            Map.of(
                "MLFLOW_AUTH_CONFIG_PATH", settings.toString(),
                "MLFLOW_FLASK_SERVER_SECRET_KEY", "of the tests",
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false"),
            List.of(
                Tools.program("mlflow", "mlflow"),
                "server",
                "--host=127.0.0.1",
                "--port=" + port,
                "--workers=1",
                "--backend-store-uri=sqlite:///" + state.resolve("mlflow.db"),
                "--serve-artifacts",
                "--artifacts-destination=" + state.resolve("artifacts"),
                "--app-name=basic-auth",
                "--uvicorn-opts=--ssl-keyfile=%s --ssl-certfile=%s"
                    .formatted(
                        certificates.file("dc1-server-consul-0-key.pem"),
                        certificates.file("dc1-server-consul-0.pem"))));
    Rest rest = new Rest(address(), certificates.context("consul-agent-ca.pem"), Map.of());
    program.awaitReady(() -> rest.bytes("/health").length > 0);
  }

  /** Starts one over the runs of a cluster's. */
  public static SecuredMlflow over(Cluster cluster) {
    return new SecuredMlflow(cluster);
  }

  public String address() {
    return "https://127.0.0.1:" + port;
  }

  /** The file of who signed its certificate. */
  public String authority() {
    return certificates.file("consul-agent-ca.pem");
  }

  /** The file of somebody else. */
  public String otherAuthority() {
    return certificates.file("other-agent-ca.pem");
  }

  @Override
  public void close() {
    program.close();
  }
}
