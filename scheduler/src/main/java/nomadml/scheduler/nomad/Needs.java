package nomadml.scheduler.nomad;

import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;

/**
 * What a job asks of the nodes.
 *
 * @param program that is laid on them: {@code trainer} or {@code serving}, of this version
 * @param laying how it gets there, for a hint
 * @param gpu whether a device is asked for
 */
record Needs(
    String program,
    String version,
    String laying,
    Driver driver,
    boolean gpu,
    JobFile.Resources resources,
    JobFile.Placement placement) {
  static Needs of(JobFile file, Translation translation, String version) {
    return new Needs(
        "trainer",
        version,
        "./setup.sh up does, on other clusters nomad/platform/lay.nomad.hcl",
        translation.driver(),
        translation.gpu(),
        file.resources(),
        file.placement());
  }
}
