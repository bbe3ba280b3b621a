package nomadml.scheduler.deploy;

import java.util.List;

/** Where a deployment is shown. */
public interface Talk {
  /** Something happened. */
  void say(String sentence);

  /** Where it stands, to be written over by the next one. */
  default void stand(String words) {}

  /** A step was recorded. */
  default void recorded(Deployment deployment, Deployment.Step step) {}

  /** What a server wrote. */
  default void quote(List<String> lines) {
    lines.forEach(line -> say("  | " + line));
  }
}
