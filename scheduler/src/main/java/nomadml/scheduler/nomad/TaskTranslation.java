package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.LogConfig;
import com.hashicorp.nomad.apimodel.Resources;
import com.hashicorp.nomad.apimodel.Task;
import com.hashicorp.nomad.apimodel.VolumeMount;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import nomadml.scheduler.submit.JobRequest;
import nomadml.spec.Environment;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** The one task of a job: the supervisor, and everything it is told. */
record TaskTranslation(
    JobRequest request, Trainer trainer, JobFile.@Nullable Gpu gpu, @Nullable URI consul) {
  static final String NAME = "train";

  private static final String JOB_FILE = "local/job.json";
  private static final String RUN_FOLDER = "${NOMAD_ALLOC_DIR}/data/nomad-ml";

  /** A client cuts it to its {@code max_kill_timeout}. */
  private static final Duration KILL_TIMEOUT = Duration.ofMinutes(5);

  Task task() {
    JobFile file = request.job();
    Task task =
        new Task()
            .setName(NAME)
            .setDriver(DriverChoice.word(trainer.driver()))
            .setConfig(trainer.configuration())
            .setEnv(environment())
            .addTemplates(Templates.jobFile(file, JOB_FILE))
            .setResources(resources(file.resources()))
            .setKillSignal("SIGTERM")
            .setKillTimeout(KILL_TIMEOUT.toNanos())
            .setLogConfig(logs(file.resources()));
    if (!file.secrets().isEmpty()) {
      task.addTemplates(Templates.secrets(file.secrets()));
    }
    if (trainer.isMounted()) {
      task.addVolumeMounts(
          new VolumeMount()
              .setVolume(Names.TRAINER_VOLUME)
              .setDestination(Names.TRAINER_MOUNT)
              .setReadOnly(true));
    }
    return task;
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>(request.job().env());
    environment.put(Environment.JOB_FILE, "${NOMAD_TASK_DIR}/job.json");
    environment.put(Environment.RUN_FOLDER, RUN_FOLDER);
    environment.put(Environment.SUBMISSION_ID, request.submissionId());
    environment.put(Environment.RUN_ID, request.runId() == null ? "" : request.runId());
    environment.put(Environment.INPUTS, InputList.encode(request.inputs()));
    environment.put(Environment.NODE, "${node.unique.name}");
    environment.put(Environment.NODE_COMPUTE, "${attr.cpu.totalcompute}");
    environment.put(Environment.NODE_CORES, "${attr.cpu.numcores}");
    environment.put(
        Environment.CONSUL,
        consul == null ? "${meta." + Names.META_CONSUL + "}" : consul.toString());
    if (request.cluster() != null) {
      environment.put(Environment.CLUSTER, request.cluster());
    }
    environment.putAll(request.origin().environment());
    if (trainer.driver() == Driver.JAVA) {
      environment.put(Environment.TRAINER_HOME, trainer.home());
    }
    return environment;
  }

  private Resources resources(JobFile.Resources wanted) {
    Resources resources =
        new Resources()
            .setCpu(wanted.cpu())
            .setMemoryMb(Math.toIntExact(wanted.memory().toMebibytes()));
    if (gpu != null) {
      resources.addDevices(GpuRequest.of(gpu));
    }
    return resources;
  }

  /** Nomad keeps logs on the task's disk and refuses a job whose disk they could fill. */
  private static LogConfig logs(JobFile.Resources resources) {
    long each = Math.max(1, Math.min(10, resources.disk().toMebibytes() / 40));
    return new LogConfig().setMaxFiles(10).setMaxFileSizeMb((int) each);
  }
}
