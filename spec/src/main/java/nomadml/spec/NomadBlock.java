package nomadml.spec;

import java.util.Locale;
import java.util.Map;

/** Refuses in the free {@code nomad:} block what recovery, identity and reporting rest on. */
final class NomadBlock {
  private static final Map<String, String> OF_THE_JOB =
      Map.of(
          "id", "the job's id is made at submission from name",
          "type", "a training is a batch job",
          "namespace", "use placement.namespace",
          "periodic", "use schedule",
          "parameterizedjob", "one submission is one run",
          "multiregion", "one submission is one run",
          "stop", "use submit-job stop");

  private static final Map<String, String> OF_A_GROUP =
      Map.of("count", "one attempt at a time writes to a run");

  private static final Map<String, String> ANYWHERE =
      Map.of(
          "killsignal", "a checkpoint is written on SIGTERM",
          "killtimeout", "a checkpoint is written between the signal and the kill",
          "restartpolicy", "use retry",
          "reschedulepolicy", "use retry",
          "ephemeraldisk", "use resources.disk");

  private final Problems problems;

  NomadBlock(Problems problems) {
    this.problems = problems;
  }

  void check(Yaml.Mapping block, String path) {
    refuse(OF_THE_JOB, block, path);
    checkInside(block, path);
  }

  private void checkInside(Yaml value, String path) {
    if (value instanceof Yaml.Sequence list) {
      list.items().forEach(item -> checkInside(item, path));
    }
    if (!(value instanceof Yaml.Mapping block)) {
      return;
    }
    refuse(ANYWHERE, block, path);
    if (path.endsWith(".TaskGroups")) {
      refuse(OF_A_GROUP, block, path);
    } else if (path.endsWith(".Meta")) {
      refuseOurs("nomad_ml_", block, path);
    } else if (path.endsWith(".Env")) {
      refuseOurs("NOMAD_", block, path);
    }
    block.entries().forEach((key, inner) -> checkInside(inner, Problems.join(path, key)));
  }

  /** Nomad reads its JSON without regard to case. */
  private void refuse(Map<String, String> reserved, Yaml.Mapping block, String path) {
    block
        .entries()
        .forEach(
            (key, value) -> {
              String reason = reserved.get(key.toLowerCase(Locale.ROOT));
              if (reason != null) {
                String message = Problems.join(path, key) + " can't be overridden";
                problems.add(value.position(), message, reason);
              }
            });
  }

  private void refuseOurs(String prefix, Yaml.Mapping block, String path) {
    block
        .entries()
        .forEach(
            (key, value) -> {
              if (key.startsWith(prefix)) {
                String message = Problems.join(path, key) + " is nomad-ml's own";
                problems.add(value.position(), message, "choose another name");
              }
            });
  }
}
