package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.CheckRestart;
import com.hashicorp.nomad.apimodel.Constraint;
import com.hashicorp.nomad.apimodel.Job;
import com.hashicorp.nomad.apimodel.MigrateStrategy;
import com.hashicorp.nomad.apimodel.NetworkResource;
import com.hashicorp.nomad.apimodel.Port;
import com.hashicorp.nomad.apimodel.ReschedulePolicy;
import com.hashicorp.nomad.apimodel.Resources;
import com.hashicorp.nomad.apimodel.RestartPolicy;
import com.hashicorp.nomad.apimodel.Service;
import com.hashicorp.nomad.apimodel.ServiceCheck;
import com.hashicorp.nomad.apimodel.Spread;
import com.hashicorp.nomad.apimodel.Task;
import com.hashicorp.nomad.apimodel.TaskGroup;
import com.hashicorp.nomad.apimodel.UpdateStrategy;
import com.hashicorp.nomad.apimodel.VolumeMount;
import com.hashicorp.nomad.apimodel.VolumeRequest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.deploy.ServingRequest;
import nomadml.scheduler.deploy.Settings;
import nomadml.scheduler.deploy.Wish;
import nomadml.spec.Environment;
import nomadml.spec.JobFile;
import nomadml.spec.Names;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;

/**
 * Makes a Nomad service job of a model to be served; sends nothing.
 *
 * @param version of the model server that is asked for
 * @param namespace of a job that names none
 * @param consul its address as nodes see it; null takes what each node's metadata says
 */
record ServingTranslation(
    String version, String namespace, @Nullable String region, @Nullable URI consul) {
  static final String NAME = "serve";
  static final String PORT = "http";

  /** A crash at the start is one after a few tries, and the deployment fails then. */
  private static final RestartPolicy RESTART =
      new RestartPolicy()
          .setAttempts(2)
          .setInterval(nanos(Duration.ofMinutes(5)))
          .setDelay(nanos(Duration.ofSeconds(2)))
          .setMode("fail");

  private static final ReschedulePolicy RESCHEDULE =
      new ReschedulePolicy()
          .setDelay(nanos(Duration.ofSeconds(5)))
          .setDelayFunction("exponential")
          .setMaxDelay(nanos(Duration.ofMinutes(2)))
          .setUnlimited(true);

  /** In which Consul and the gateway forget a server before it is told to leave. */
  private static final Duration SHUTDOWN_DELAY = Duration.ofSeconds(5);

  /**
   * The job, and what was decided for it.
   *
   * @param notes decisions worth knowing
   */
  record Translated(Job job, Needs needs, List<String> notes) {}

  Translated translate(ServingRequest request, Traits cluster) {
    Settings settings = request.wish().settings();
    JobFile.Gpu gpu = settings.resources().gpu();
    Traits reachable = cluster.reachable(settings.placement());
    Traits fitting = gpu == null ? reachable : reachable.only(machine -> machine.has(gpu));
    DriverChoice choice =
        DriverChoice.ofServer(
            settings.driver(), fitting.machines().isEmpty() ? reachable : fitting);
    ModelServer server = new ModelServer(version, choice.driver(), gpu != null);
    Needs needs =
        new Needs(
            "serving",
            version,
            "./setup.sh up does, on other clusters nomad/platform/lay.nomad.hcl",
            choice.driver(),
            gpu != null,
            settings.resources(),
            settings.placement());
    return new Translated(job(request, server), needs, choice.note());
  }

  private Job job(ServingRequest request, ModelServer server) {
    Wish wish = request.wish();
    JobFile.Placement placement = wish.settings().placement();
    String chosen = placement.namespace();
    Job job =
        new Job()
            .setId(wish.service())
            .setName(wish.service())
            .setNamespace(chosen == null ? namespace : chosen)
            .setRegion(region)
            .setType("service")
            .setPriority(60)
            .setDatacenters(placement.datacenters())
            .setMeta(meta(request))
            .addTaskGroups(group(wish, server));
    if (placement.nodePool() != null) {
      job.addUnmappedProperty("NodePool", placement.nodePool());
    }
    job.addUnmappedProperty("UI", links(request));
    return job;
  }

  private static Map<String, String> meta(ServingRequest request) {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put(Names.META_MODEL, request.wish().model());
    meta.put(Names.META_MODEL_VERSION, request.wish().version());
    meta.put(Names.META_MODEL_DIGEST, request.wish().digest());
    meta.put(Names.META_DEPLOYMENT, request.deployment());
    meta.put(Names.META_DEPLOYED_BY, request.by());
    meta.put(Names.META_DEPLOYED_AT, request.at().toString());
    return meta;
  }

  private static Map<String, Object> links(ServingRequest request) {
    Wish wish = request.wish();
    Map<String, Object> page = new LinkedHashMap<>();
    page.put(
        "Description", "Model %s, version %s, by nomad-ml".formatted(wish.model(), wish.version()));
    if (request.link() != null) {
      Map<String, String> link = new LinkedHashMap<>();
      link.put("Label", "Model version in MLflow");
      link.put("Url", request.link().toString());
      page.put("Links", List.of(link));
    }
    return page;
  }

  private TaskGroup group(Wish wish, ModelServer server) {
    Settings settings = wish.settings();
    TaskGroup group =
        new TaskGroup()
            .setName(NAME)
            .setCount(settings.count())
            .setConstraints(constraints(server, settings.placement()))
            .setNetworks(List.of(new NetworkResource().addDynamicPorts(new Port().setLabel(PORT))))
            .setServices(List.of(service(wish)))
            .setUpdate(update(settings))
            .setMigrate(
                new MigrateStrategy()
                    .setMaxParallel(1)
                    .setHealthCheck("checks")
                    .setMinHealthyTime(nanos(settings.times().minHealthy()))
                    .setHealthyDeadline(nanos(settings.times().healthyDeadline())))
            .setSpreads(
                List.of(new Spread().setAttribute("${node.unique.id}").setWeight((short) 100)))
            .setRestartPolicy(RESTART)
            .setReschedulePolicy(RESCHEDULE)
            .setShutdownDelay(nanos(SHUTDOWN_DELAY))
            .addTasks(task(wish, server));
    if (server.isMounted()) {
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

  private static List<Constraint> constraints(ModelServer server, JobFile.Placement placement) {
    List<Constraint> constraints = new ArrayList<>(server.constraints());
    constraints.addAll(JobTranslation.constraints(placement));
    return constraints;
  }

  /** One after the other, the new ones beside the old ones; Nomad goes back by itself. */
  private static UpdateStrategy update(Settings settings) {
    return new UpdateStrategy()
        .setMaxParallel(1)
        .setCanary(settings.canary())
        .setAutoRevert(true)
        .setAutoPromote(false)
        .setHealthCheck("checks")
        .setMinHealthyTime(nanos(settings.times().minHealthy()))
        .setHealthyDeadline(nanos(settings.times().healthyDeadline()))
        .setProgressDeadline(nanos(settings.times().progressDeadline()));
  }

  private static Service service(Wish wish) {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put("model", wish.model());
    meta.put("version", wish.version());
    meta.put("digest", wish.digest());
    meta.put("probe", "/ping");
    return new Service()
        .setName(wish.service())
        .setPortLabel(PORT)
        .setTags(tags(wish, "stable"))
        .setCanaryTags(tags(wish, "canary"))
        .setMeta(meta)
        .setCanaryMeta(meta)
        .setChecks(
            List.of(
                new ServiceCheck()
                    .setName("health")
                    .setType("http")
                    .setPath("/health")
                    .setInterval(nanos(Duration.ofSeconds(2)))
                    .setTimeout(nanos(Duration.ofSeconds(2)))
                    .setCheckRestart(
                        new CheckRestart()
                            .setLimit(15)
                            .setGrace(nanos(wish.settings().times().healthyDeadline())))));
  }

  private static List<String> tags(Wish wish, String kind) {
    return List.of(Names.SERVING_TAG, Names.PROMETHEUS_SERVICE, kind, "version-" + wish.version());
  }

  private Task task(Wish wish, ModelServer server) {
    Settings settings = wish.settings();
    Resources resources =
        new Resources()
            .setCpu(settings.resources().cpu())
            .setMemoryMb(Math.toIntExact(settings.resources().memory().toMebibytes()));
    JobFile.Gpu gpu = settings.resources().gpu();
    if (gpu != null) {
      resources.addDevices(GpuRequest.of(gpu));
    }
    Task task =
        new Task()
            .setName(NAME)
            .setDriver(DriverChoice.word(server.driver()))
            .setConfig(server.configuration(wish))
            .setEnv(
                Map.of(
                    Environment.CONSUL,
                    consul == null ? "${meta." + Names.META_CONSUL + "}" : consul.toString()))
            .setResources(resources)
            .setKillSignal("SIGTERM")
            .setKillTimeout(nanos(settings.killTimeout()));
    if (!settings.secrets().isEmpty()) {
      task.addTemplates(Templates.secrets(settings.secrets()));
    }
    if (server.isMounted()) {
      task.addVolumeMounts(
          new VolumeMount()
              .setVolume(Names.TRAINER_VOLUME)
              .setDestination(Names.TRAINER_MOUNT)
              .setReadOnly(true));
    }
    return task;
  }

  private static long nanos(TimeSpan time) {
    return nanos(time.duration());
  }

  private static long nanos(Duration time) {
    return time.toNanos();
  }
}
