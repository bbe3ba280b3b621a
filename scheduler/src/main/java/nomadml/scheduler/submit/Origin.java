package nomadml.scheduler.submit;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import nomadml.spec.Environment;
import nomadml.spec.Names;

/**
 * Where a job comes from; what is not known is empty.
 *
 * @param user who submitted it
 * @param source the job file's name
 * @param gitCommit of the repository the job file lies in, with {@code -dirty} when it was changed
 */
public record Origin(String user, String source, String gitCommit) {
  /** Of a job file in a folder, submitted by who runs this program. */
  static Origin of(Path jobFile, Path folder) {
    String user = System.getProperty("user.name", "");
    return new Origin(
        user.equals("?") ? "" : user, // A container's user without a name.
        String.valueOf(jobFile.getFileName()),
        GitCommit.of(folder).orElse(""));
  }

  /** As MLflow's run page looks for it. */
  Map<String, String> tags() {
    return known(Names.MLFLOW_USER, Names.MLFLOW_SOURCE, Names.MLFLOW_COMMIT);
  }

  /** For the supervisor, which makes the run when MLflow was away. */
  public Map<String, String> environment() {
    return known(Environment.SUBMITTER, Environment.SOURCE, Environment.GIT_COMMIT);
  }

  private Map<String, String> known(String forUser, String forSource, String forCommit) {
    Map<String, String> known = new LinkedHashMap<>();
    known.put(forUser, user);
    known.put(forSource, source);
    known.put(forCommit, gitCommit);
    known.values().removeIf(String::isEmpty);
    return known;
  }
}
