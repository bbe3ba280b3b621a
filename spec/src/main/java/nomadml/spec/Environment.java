package nomadml.spec;

/** Environment variables the scheduler sets on the task and the supervisor reads. */
public final class Environment {
  /** Path of the resolved job file as JSON. */
  public static final String JOB_FILE = "NOMAD_ML_JOB_FILE";

  /** The submission this attempt belongs to; tags its run and its job. */
  public static final String SUBMISSION_ID = "NOMAD_ML_SUBMISSION_ID";

  /** The MLflow run made at submission; empty when MLflow could not be reached then. */
  public static final String RUN_ID = "NOMAD_ML_RUN_ID";

  /** The number of the attempt; the supervisor tells its own worker. */
  public static final String ATTEMPT = "NOMAD_ML_ATTEMPT";

  /** How our processes log, {@code text} or {@code json}; see {@code log.LogFormat}. */
  public static final String LOG = "NOMAD_ML_LOG";

  /** The folder that outlives restarts of the task: spool, checkpoints, attempt, verdict. */
  public static final String RUN_FOLDER = "NOMAD_ML_RUN_FOLDER";

  /** Consul's address as the node sees it; unset or not interpolated means the local agent. */
  public static final String CONSUL = "NOMAD_ML_CONSUL";

  /** The name of the node; unset in local mode. */
  public static final String NODE = "NOMAD_ML_NODE";

  /** MHz of all the node's processors together, as Nomad counts them; with {@link #NODE_CORES}. */
  public static final String NODE_COMPUTE = "NOMAD_ML_NODE_COMPUTE";

  /** The node's processors: what a task was given of the compute is so many threads. */
  public static final String NODE_CORES = "NOMAD_ML_NODE_CORES";

  /** Which Nomad this is, for the run's tag; unset when it could not be told. */
  public static final String CLUSTER = "NOMAD_ML_CLUSTER";

  /** The local inputs as JSON: a list of {@link Input}. */
  public static final String INPUTS = "NOMAD_ML_INPUTS";

  /** Who submitted the job, and the name of the job file, for a run the supervisor makes. */
  public static final String SUBMITTER = "NOMAD_ML_SUBMITTER";

  public static final String SOURCE = "NOMAD_ML_SOURCE";

  /** The commit of the repository the job file lies in, with {@code -dirty} when it was changed. */
  public static final String GIT_COMMIT = "NOMAD_ML_GIT_COMMIT";

  /** A folder whose `lib/` and `bin/` are the trainer; set by its launcher. */
  public static final String TRAINER_HOME = "NOMAD_ML_TRAINER_HOME";

  /** {@code local} when no cluster is there: no Consul look-up, the folder is locked instead. */
  public static final String MODE = "NOMAD_ML_MODE";

  /**
   * Where checkpoints are kept when the job file does not say: see {@link CheckpointPlace}; as
   * artifacts of the MLflow run when it is unset too.
   */
  public static final String CHECKPOINT_STORAGE = "NOMAD_ML_CHECKPOINT_STORAGE";

  /** A folder of the node in which data is kept between runs; the launcher sets one. */
  public static final String CACHE = "NOMAD_ML_CACHE";

  /** How much of it data may take, such as {@code 20GiB}. */
  public static final String CACHE_LIMIT = "NOMAD_ML_CACHE_LIMIT";

  /** The {@code Authorization} header a web server that has the data wants; a secret. */
  public static final String DATA_AUTHORIZATION = "DATA_AUTHORIZATION";

  /** The Pushgateway's address: the user's choice, and what a command finds it by. */
  public static final String PUSHGATEWAY = "NOMAD_ML_PUSHGATEWAY";

  /** The variables MLflow's own clients read. */
  public static final String MLFLOW_TRACKING_URI = "MLFLOW_TRACKING_URI";

  public static final String MLFLOW_RUN_ID = "MLFLOW_RUN_ID";
  public static final String MLFLOW_EXPERIMENT_NAME = "MLFLOW_EXPERIMENT_NAME";

  private Environment() {}
}
