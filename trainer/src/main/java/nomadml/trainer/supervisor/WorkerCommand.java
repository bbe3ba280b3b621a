package nomadml.trainer.supervisor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a worker is started.
 *
 * @param environment added to the supervisor's own
 * @param ownGroup it gets a process group, which ends with the supervisor: a user's program knows
 *     nothing of its supervisor
 */
record WorkerCommand(
    List<String> program, Path folder, Map<String, String> environment, boolean ownGroup) {
  /**
   * Runs a program as the leader of its group. The guard beside it reads the supervisor's pipe: at
   * its end, whatever is left of the group is told to leave, and made to.
   */
  private static final String GUARDED =
      """
      exec 3<&0 </dev/null
      { trap '' TERM; cat <&3; kill -s TERM -- -$$; sleep 20; kill -s KILL -- -$$; } >/dev/null 2>&1 &
      exec "$@" 3<&-""";

  /** By UUID, as Nomad's plugin names them: an index means another device inside a container. */
  private static final String DEVICES = "(GPU|MIG)-[\\w-]+(,(GPU|MIG)-[\\w-]+)*";

  /**
   * The trainer's own worker.
   *
   * @param jobFile whose paths lie below the inputs
   */
  static WorkerCommand train(
      List<String> trainer, RunFolder folder, Path jobFile, Map<String, String> environment) {
    List<String> program = new ArrayList<>(trainer);
    program.addAll(
        List.of(
            "train",
            "--job-file",
            jobFile.toString(),
            "--data-folder",
            folder.inputs().toString(),
            "--checkpoints",
            folder.checkpoints().toString(),
            "--model-folder",
            folder.model().toString()));
    return new WorkerCommand(program, folder.path(), environment, false);
  }

  /** A user's program. */
  static WorkerCommand user(
      List<String> command, RunFolder folder, Map<String, String> environment) {
    return new WorkerCommand(command, folder.inputs(), environment, true);
  }

  ProcessBuilder toProcess() {
    List<String> words = new ArrayList<>();
    if (hasGroup()) {
      words.addAll(List.of("setsid", "sh", "-c", GUARDED, "sh"));
    }
    words.addAll(program);
    ProcessBuilder process = new ProcessBuilder(words).directory(folder.toFile());
    process.environment().putAll(environment);
    restrictDevices(process.environment());
    return process;
  }

  /** CUDA uses the devices Nomad gave; outside containers nothing else hides the others. */
  static void restrictDevices(Map<String, String> environment) {
    String given = environment.getOrDefault("NVIDIA_VISIBLE_DEVICES", "");
    if (given.matches(DEVICES)) {
      environment.putIfAbsent("CUDA_VISIBLE_DEVICES", given);
    }
  }

  /** Whether its process group can be signalled; there are systems without setsid. */
  boolean hasGroup() {
    return ownGroup && isOnPath("setsid");
  }

  private static boolean isOnPath(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }
}
