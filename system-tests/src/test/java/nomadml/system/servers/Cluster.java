package nomadml.system.servers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Consul, Nomad with its nodes, MLflow and the Pushgateway, started together. */
public final class Cluster implements AutoCloseable {
  private final Folders folders;
  private final Consul consul;
  private final NomadServer nomad;
  private final List<NomadNode> nodes = new ArrayList<>();
  private final Mlflow mlflow;
  private final Pushgateway pushgateway;
  private final List<Runnable> endings = new ArrayList<>();

  private Cluster(
      String name,
      int nodes,
      Function<Folders, NomadAccess> accesses,
      String serverConfiguration,
      String nodeConfiguration) {
    this(name, nodes, accesses, serverConfiguration, nodeConfiguration, NomadNode::new);
  }

  private Cluster(
      String name,
      int nodes,
      Function<Folders, NomadAccess> accesses,
      String serverConfiguration,
      String nodeConfiguration,
      NodeStart start) {
    folders = new Folders(name);
    consul = new Consul(folders);
    mlflow = new Mlflow(folders, consul);
    consul.awaitReady();
    pushgateway = new Pushgateway(folders, consul);
    NomadAccess access = accesses.apply(folders);
    nomad = new NomadServer(folders, consul, access, serverConfiguration);
    nomad.awaitReady();
    if (access.isSecured()) {
      nomad.bootstrap();
    }
    IntStream.rangeClosed(1, nodes)
        .mapToObj(n -> start.start("node-" + n, folders, consul, nomad, nodeConfiguration))
        .forEach(this.nodes::add);
    this.nodes.forEach(NomadNode::awaitReady);
    pushgateway.awaitReady();
    mlflow.awaitReady();
  }

  private interface NodeStart {
    NomadNode start(String name, Folders folders, Consul consul, NomadServer server, String more);
  }

  /**
   * Starts a cluster for jobs with services: each node has a Consul agent. By one agent for all, a
   * Nomad client would take out again what another one has registered.
   */
  public static Cluster ofServices(String name, int nodes, String nodeConfiguration) {
    return new Cluster(
        name, nodes, folders -> NomadAccess.open(), "", nodeConfiguration, NomadNode::withConsul);
  }

  /** Starts a cluster; its logs are kept under this name. */
  public static Cluster start(String name, int nodes) {
    return start(name, nodes, "", "");
  }

  /** Starts a cluster whose agents are configured by more HCL. */
  public static Cluster start(
      String name, int nodes, String serverConfiguration, String nodeConfiguration) {
    return new Cluster(
        name, nodes, folders -> NomadAccess.open(), serverConfiguration, nodeConfiguration);
  }

  /** Starts a cluster whose Nomad asks everyone for a certificate and a token. */
  public static Cluster secured(String name, int nodes) {
    return new Cluster(name, nodes, NomadAccess::secured, "", "");
  }

  public Folders folders() {
    return folders;
  }

  public Consul consul() {
    return consul;
  }

  public NomadServer nomad() {
    return nomad;
  }

  public List<NomadNode> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** The node an allocation is on. */
  public NomadNode node(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
  }

  public Mlflow mlflow() {
    return mlflow;
  }

  public Pushgateway pushgateway() {
    return pushgateway;
  }

  /** Ends something that needs the servers before they are ended. */
  public void before(Runnable ending) {
    endings.add(ending);
  }

  @Override
  public void close() {
    endings.forEach(Runnable::run);
    nodes.forEach(NomadNode::close);
    nomad.close();
    mlflow.close();
    pushgateway.close();
    consul.close();
    folders.close();
  }
}
