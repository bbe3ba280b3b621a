package nomadml.scheduler.nomad;

import java.util.List;
import java.util.Optional;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.DeploymentLog;
import nomadml.spec.Names;

/** Deployments as Nomad Variables. */
public final class NomadVariables implements DeploymentLog {
  private final JsonVariables<Deployment> variables;

  private NomadVariables(Connection connection) {
    variables = new JsonVariables<>(connection, Names.DEPLOYMENTS, "deployment", Deployment.class);
  }

  /** Those of a Nomad at this address; nothing is asked of it yet. */
  public static NomadVariables of(NomadSettings settings) {
    return new NomadVariables(Connection.open(settings));
  }

  @Override
  public List<Entry> newest(String model, int limit) {
    return variables.newest(model, limit).stream().map(NomadVariables::entry).toList();
  }

  @Override
  public Optional<Entry> entry(String model, String id) {
    return variables.entry(model, id).map(NomadVariables::entry);
  }

  private static Entry entry(JsonVariables.Found<Deployment> found) {
    return new Entry(found.value(), found.index());
  }

  @Override
  public boolean write(Deployment deployment, long index) {
    return variables.write(deployment.wish().model(), deployment.id(), deployment, index);
  }
}
