package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hashicorp.nomad.apimodel.Constraint;
import com.hashicorp.nomad.apimodel.EphemeralDisk;
import com.hashicorp.nomad.apimodel.Job;
import com.hashicorp.nomad.apimodel.PeriodicConfig;
import com.hashicorp.nomad.apimodel.ReschedulePolicy;
import com.hashicorp.nomad.apimodel.RestartPolicy;
import com.hashicorp.nomad.apimodel.TaskGroup;
import com.hashicorp.nomad.apimodel.VolumeRequest;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.JobRequest;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Json;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * Makes a Nomad job of a request; sends nothing.
 *
 * @param version of the trainer that is asked for
 * @param namespace of a job that names none
 * @param consul its address as nodes see it; null takes what each node's metadata says
 */
record JobTranslation(
    String version, String namespace, @Nullable String region, @Nullable URI consul) {
  /**
   * A killed supervisor starts again in place. Nomad knows no exit codes: one that failed for good
   * starts again too, finds its verdict on the disk and leaves with it.
   */
  private static final RestartPolicy RESTART =
      new RestartPolicy()
          .setAttempts(1)
          .setInterval(Duration.ofMinutes(10).toNanos())
          .setDelay(Duration.ofSeconds(1).toNanos())
          .setMode("fail");

  /**
   * Lost and evicted allocations are replaced without it; {@code nomad alloc stop} and a node that
   * can't start the task need it. Bounded, so that what failed for good comes to its end.
   */
  private static final ReschedulePolicy RESCHEDULE =
      new ReschedulePolicy()
          .setAttempts(1)
          .setInterval(Duration.ofMinutes(10).toNanos())
          .setDelay(Duration.ofSeconds(5).toNanos())
          .setDelayFunction("constant")
          .setUnlimited(false);

  Translation translate(JobRequest request, Traits cluster) {
    JobFile file = request.job();
    List<String> notes = new ArrayList<>();
    Traits reachable = cluster.reachable(file.placement());
    JobFile.@Nullable Gpu gpu = gpu(file, reachable, notes);
    Traits fitting = gpu == null ? reachable : reachable.only(machine -> machine.has(gpu));
    DriverChoice choice = DriverChoice.of(file, fitting.machines().isEmpty() ? reachable : fitting);
    notes.addAll(choice.note());
    Job job = job(request, choice.driver(), gpu);
    return new Translation(merged(job, file.nomad()), choice.driver(), gpu != null, notes);
  }

  /** A device is left out only when no node has such a one: a busy one is waited for. */
  private static JobFile.@Nullable Gpu gpu(JobFile file, Traits reachable, List<String> notes) {
    JobFile.Gpu gpu = file.resources().gpu();
    if (gpu == null || gpu.required() || reachable.count(machine -> machine.has(gpu)) > 0) {
      return gpu;
    }
    notes.add("no node has " + GpuRequest.describe(gpu) + ": trains on the CPU");
    return null;
  }

  private Job job(JobRequest request, Driver driver, JobFile.@Nullable Gpu gpu) {
    JobFile file = request.job();
    JobFile.Placement placement = file.placement();
    String chosen = placement.namespace();
    Job job =
        new Job()
            .setId(request.jobId())
            .setName(request.jobId())
            .setNamespace(chosen == null ? namespace : chosen)
            .setRegion(region)
            .setType("batch")
            .setPriority(file.priority())
            .setDatacenters(placement.datacenters())
            .setMeta(meta(request))
            .addTaskGroups(group(request, driver, gpu));
    if (file.schedule() != null) {
      job.setPeriodic(periodic(file.schedule()));
    }
    if (placement.nodePool() != null) {
      job.addUnmappedProperty("NodePool", placement.nodePool());
    }
    job.addUnmappedProperty("UI", links(request));
    return job;
  }

  private static PeriodicConfig periodic(JobFile.Schedule schedule) {
    return new PeriodicConfig()
        .setEnabled(true)
        .setSpecType("cron")
        .setSpec(schedule.cron().strip())
        .setTimeZone(schedule.timeZone())
        .setProhibitOverlap(!schedule.overlap());
  }

  private TaskGroup group(JobRequest request, Driver driver, JobFile.@Nullable Gpu gpu) {
    JobFile file = request.job();
    Trainer trainer = Trainer.of(version, driver, file, gpu != null);
    TaskGroup group =
        new TaskGroup()
            .setName(TaskTranslation.NAME)
            .setCount(1)
            .setConstraints(constraints(trainer, file.placement()))
            .setRestartPolicy(RESTART)
            .setReschedulePolicy(RESCHEDULE)
            .setEphemeralDisk(
                new EphemeralDisk()
                    .setSticky(true)
                    .setMigrate(true)
                    .setSizeMb(Math.toIntExact(file.resources().disk().toMebibytes())))
            .addTasks(new TaskTranslation(request, trainer, gpu, consul).task());
    if (trainer.isMounted()) {
      group.addVolumes(
          Names.TRAINER_VOLUME,
          new VolumeRequest()
              .setName(Names.TRAINER_VOLUME)
              .setType("host")
              .setSource(Names.TRAINER_VOLUME)
              .setReadOnly(true));
    }
    return group;
  }

  private static List<Constraint> constraints(Trainer trainer, JobFile.Placement placement) {
    List<Constraint> constraints = new ArrayList<>(trainer.constraints());
    constraints.addAll(constraints(placement));
    return constraints;
  }

  static List<Constraint> constraints(JobFile.Placement placement) {
    return placement.constraints().stream()
        .map(
            written ->
                new Constraint()
                    .setLTarget(written.attribute())
                    .setOperand(written.operator())
                    .setRTarget(written.value()))
        .toList();
  }

  private static Map<String, String> meta(JobRequest request) {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put(Names.META_NAME, request.job().name());
    meta.put(Names.META_EXPERIMENT, request.job().experiment());
    meta.put(Names.META_SUBMISSION, request.submissionId());
    if (request.runId() != null) {
      meta.put(Names.META_RUN, request.runId());
    }
    return meta;
  }

  private static Map<String, Object> links(JobRequest request) {
    List<Map<String, String>> links = new ArrayList<>();
    addLink(links, "MLflow run", request.runLink());
    addLink(links, "Training dashboard", request.dashboardLink());
    JobFile file = request.job();
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("Description", file.name() + ", experiment " + file.experiment() + ", by nomad-ml");
    page.put("Links", links);
    return page;
  }

  private static void addLink(List<Map<String, String>> links, String label, @Nullable URI url) {
    if (url != null) {
      Map<String, String> link = new LinkedHashMap<>();
      link.put("Label", label);
      link.put("Url", url.toString());
      links.add(link);
    }
  }

  private static Job merged(Job job, ObjectNode block) {
    if (block.isEmpty()) {
      return job;
    }
    try {
      ObjectNode whole = (ObjectNode) Json.MAPPER.readTree(NomadJson.serialize(job));
      NomadBlock.merge(block, whole);
      return NomadJson.deserialize(whole.toString(), Job.class);
    } catch (JsonMappingException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the nomad block can't be merged at " + path(e) + ": " + e.getOriginalMessage(),
          "it takes the names and types of Nomad's JSON API: TaskGroups: [{Tasks: [{Resources: {…}}]}]",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String path(JsonMappingException failure) {
    StringBuilder path = new StringBuilder("nomad");
    for (JsonMappingException.Reference part : failure.getPath()) {
      String field = part.getFieldName();
      path.append(field == null ? "[" + part.getIndex() + "]" : "." + field);
    }
    return path.toString();
  }
}
