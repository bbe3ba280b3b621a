package nomadml.scheduler.nomad;

import java.util.List;
import java.util.Optional;
import nomadml.scheduler.release.Release;
import nomadml.scheduler.release.ReleaseLog;
import nomadml.spec.Names;

/** Releases as Nomad Variables. */
public final class NomadReleases implements ReleaseLog {
  private final JsonVariables<Release> variables;

  private NomadReleases(Connection connection) {
    variables = new JsonVariables<>(connection, Names.RELEASES, "release", Release.class);
  }

  /** Those of a Nomad at this address; nothing is asked of it yet. */
  public static NomadReleases of(NomadSettings settings) {
    return new NomadReleases(Connection.open(settings));
  }

  @Override
  public List<Entry> newest(String model, int limit) {
    return variables.newest(model, limit).stream().map(NomadReleases::entry).toList();
  }

  @Override
  public Optional<Entry> entry(String model, String id) {
    return variables.entry(model, id).map(NomadReleases::entry);
  }

  private static Entry entry(JsonVariables.Found<Release> found) {
    return new Entry(found.value(), found.index());
  }

  @Override
  public boolean write(Release release, long index) {
    return variables.write(release.model(), release.id(), release, index);
  }
}
