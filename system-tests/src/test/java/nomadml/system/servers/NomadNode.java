package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A real Nomad client with its own data folder, on which trainer and model server are laid. */
public final class NomadNode implements AutoCloseable {
  private final int port = FreePort.next();
  private final String name;
  private final NomadServer server;
  private final Folders folders;
  private final Path home;
  private final Path config;
  private final Path more;
  private RunningProgram program;

  /**
   * One whose services are registered by a Consul agent of its own, as on nodes of a real cluster.
   */
  static NomadNode withConsul(
      String name, Folders folders, Consul consul, NomadServer server, String more) {
    return new NomadNode(name, folders, Consul.joining(folders, name, consul), server, more);
  }

  NomadNode(String name, Folders folders, Consul consul, NomadServer server, String more) {
    this.name = name;
    this.server = server;
    this.folders = folders;
    home = folders.state(name);
    Path trainers = Trainers.lay(folders);
    config =
        folders.write(
            name + "/client.hcl",
            """
            name      = "%1$s"
            data_dir  = "%2$s"
            bind_addr = "127.0.0.1"
            ports { http = %3$d, rpc = %4$d }
            advertise { http = "127.0.0.1", rpc = "127.0.0.1" }
            client {
              enabled           = true
              servers           = ["%5$s"]
              network_interface = "lo"
              cpu_total_compute = 4000
              memory_total_mb   = 4096
              max_kill_timeout  = "5m"
              options { "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean" }
              host_volume "nomad-ml-trainer" {
                path      = "%6$s"
                read_only = true
              }
              meta {
                nomad_ml_trainers       = "%7$s"
                nomad_ml_servings       = "%7$s"
                nomad_ml_trainer_folder = "%6$s"
                nomad_ml_consul         = "http://%8$s"
              }
            }
            plugin "raw_exec" { config { enabled = true } }
            consul { address = "%8$s" }
            disable_update_check = true
            """
                .formatted(
                    name,
                    home.resolve("data"),
                    port,
                    FreePort.next(),
                    server.rpcAddress(),
                    trainers,
                    Repository.VERSION,
                    consul.address()));
    this.more = folders.write(name + "/more.hcl", server.access().configuration("client") + more);
    program = launch();
  }

  private RunningProgram launch() {
    return RunningProgram.start(
        "nomad client " + name,
        folders.log("nomad-" + name),
        home,
        Map.of(),
        List.of(Tools.program("nomad", "nomad"), "agent", "-config=" + config, "-config=" + more));
  }

  void awaitReady() {
    program.awaitReady(() -> described().path("Status").asText().equals("ready"));
  }

  public String name() {
    return name;
  }

  /** What the server says of this node. */
  public JsonNode described() {
    for (JsonNode node : server.rest().get("/v1/nodes")) {
      if (node.path("Name").asText().equals(name)) {
        return node;
      }
    }
    throw new IllegalStateException(name + " is not known to the server");
  }

  public String id() {
    return described().path("ID").asText();
  }

  /** The agent and every task of it, also of an agent that was started before this one. */
  public Set<ProcessHandle> processes() {
    Set<ProcessHandle> processes = new HashSet<>(program.tree());
    processes.addAll(Processes.mentioning(home.toString()));
    return processes;
  }

  /** What a power cut does. */
  public void kill() {
    Signal.killAll(new ArrayList<>(processes()));
  }

  public void restart() {
    program = launch();
    awaitReady();
  }

  @Override
  public void close() {
    kill();
  }
}
