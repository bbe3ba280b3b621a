package nomadml.spec;

/** Names of services, tags and keys that more than one program reads. */
public final class Names {
  /** Consul service names. */
  public static final String MLFLOW_SERVICE = "mlflow";

  public static final String PUSHGATEWAY_SERVICE = "pushgateway";
  public static final String PROMETHEUS_SERVICE = "prometheus";

  /** MLflow tags. A param can't change when a run resumes elsewhere, so these are tags. */
  public static final String TAG_SUBMISSION = "nomad_ml.submission_id";

  public static final String TAG_JOB = "nomad_ml.job";

  /** Which Nomad runs it: the ids of its public keys when it was submitted, comma-separated. */
  public static final String TAG_CLUSTER = "nomad_ml.cluster";

  public static final String TAG_NAMESPACE = "nomad_ml.namespace";
  public static final String TAG_ALLOCATION = "nomad_ml.allocation";
  public static final String TAG_NODE = "nomad_ml.node";
  public static final String TAG_DEVICE = "nomad_ml.device";
  public static final String TAG_ATTEMPT = "nomad_ml.attempt";

  /** The attempt whose beginning the cause explains. */
  public static final String TAG_EXPLAINED = "nomad_ml.explained_attempt";

  /** The job whose schedule started the run, or whose runs' inputs it keeps. */
  public static final String TAG_SCHEDULE = "nomad_ml.schedule";

  public static final String TAG_CAUSE = "nomad_ml.cause";
  public static final String TAG_EVIDENCE = "nomad_ml.evidence";
  public static final String TAG_EXIT_CODE = "nomad_ml.exit_code";

  /** Who is to be told what; whether somebody still is; what was told whom; and why not. */
  public static final String TAG_NOTIFY = "nomad_ml.notify";

  public static final String TAG_NOTIFY_OPEN = "nomad_ml.notify_open";
  public static final String TAG_NOTIFIED = "nomad_ml.notified";
  public static final String TAG_NOTIFY_ERROR = "nomad_ml.notify_error";

  /** Tag of a model version: what its folder holds, as {@link ModelDigest} says. */
  public static final String TAG_MODEL_DIGEST = "nomad_ml.model_digest";

  /** How tags of a model version begin that say what became of its deployment. */
  public static final String TAG_DEPLOY = "nomad_ml.deploy.";

  /** MLflow's own tags: what its pages show of a run's origin, and of an experiment's kind. */
  public static final String MLFLOW_USER = "mlflow.user";

  public static final String MLFLOW_SOURCE = "mlflow.source.name";
  public static final String MLFLOW_SOURCE_TYPE = "mlflow.source.type";
  public static final String MLFLOW_COMMIT = "mlflow.source.git.commit";
  public static final String MLFLOW_KIND = "mlflow.experimentKind";

  /** The kind whose pages show trainings; MLflow takes one without a kind for GenAI. */
  public static final String MODEL_DEVELOPMENT = "custom_model_development";

  /** A run on a cluster is a job to MLflow. */
  public static String mlflowSourceType(boolean local) {
    return local ? "LOCAL" : "JOB";
  }

  /** Nomad job meta that marks a job as ours. */
  public static final String META_SUBMISSION = "nomad_ml_submission_id";

  public static final String META_RUN = "nomad_ml_run_id";
  public static final String META_EXPERIMENT = "nomad_ml_experiment";
  public static final String META_NAME = "nomad_ml_name";

  /** How often a dead job was given to Nomad again; absent before the first time. */
  public static final String META_RESUMED = "nomad_ml_resumed";

  /** Nomad job meta of a deployed model; the deployment's id names its record. */
  public static final String META_MODEL = "nomad_ml_model";

  public static final String META_MODEL_VERSION = "nomad_ml_model_version";
  public static final String META_MODEL_DIGEST = "nomad_ml_model_digest";
  public static final String META_DEPLOYMENT = "nomad_ml_deployment";
  public static final String META_DEPLOYED_BY = "nomad_ml_deployed_by";
  public static final String META_DEPLOYED_AT = "nomad_ml_deployed_at";

  /**
   * Node metadata: the trainers laid on the node, comma-separated; the folder they lie in, for
   * tasks that see the node's files; and its Consul's address.
   */
  public static final String META_TRAINERS = "nomad_ml_trainers";

  /** The model servers laid on the node, in {@code serving/} below the trainers. */
  public static final String META_SERVINGS = "nomad_ml_servings";

  public static final String META_TRAINER_FOLDER = "nomad_ml_trainer_folder";
  public static final String META_CONSUL = "nomad_ml_consul";

  /** Node host volume (and job volume) in which the trainers lie, one folder a version. */
  public static final String TRAINER_VOLUME = "nomad-ml-trainer";

  /** Where exec and java tasks mount that volume, and where a trainer image holds the same. */
  public static final String TRAINER_MOUNT = "/opt/nomad-ml/trainer";

  /** Consul KV prefix of a submission: `attempt` (fencing token) and `lock` below it. */
  public static final String KV_PREFIX = "nomad-ml/submissions/";

  /** How the Nomad job and the Consul service of a model are called: this and the model's name. */
  public static final String SERVE_PREFIX = "serve-";

  /** The tag by which the gateway knows services of models. */
  public static final String SERVING_TAG = "nomad-ml-serving";

  /** Consul KV below which the gateway reads {@code <service>/canary_weight}. */
  public static final String KV_GATEWAY = "nomad-ml/gateway/";

  /** Nomad Variables that keep what was deployed: {@code <model>/<deployment>}. */
  public static final String DEPLOYMENTS = "nomad-ml/deployments/";

  /** Those that keep what was released through several environments: {@code <model>/<release>}. */
  public static final String RELEASES = "nomad-ml/releases/";

  private Names() {}
}
