package nomadml.spec;

/** Metric names on the Pushgateway, and the labels and grouping keys they carry. */
public final class Metrics {
  public static final String JOB = "training";
  public static final String RUN_ID = "run_id";
  public static final String EPOCH = "training_epoch";
  public static final String EPOCHS = "training_epochs";
  public static final String LOSS = "training_loss";
  public static final String ACCURACY = "training_accuracy";
  public static final String LEARNING_RATE = "training_learning_rate";
  public static final String SAMPLES = "training_samples_total";
  public static final String THROUGHPUT = "training_samples_per_second";
  public static final String CPU = "training_cpu_utilization_ratio";
  public static final String MEMORY = "training_resident_memory_bytes";
  public static final String GPU = "training_gpu_utilization_ratio";
  public static final String GPU_MEMORY = "training_gpu_memory_used_bytes";
  public static final String HEARTBEAT = "training_heartbeat_timestamp_seconds";
  public static final String SPOOL = "training_spool_entries";
  public static final String INFO = "training_info";
  public static final String USER_METRIC = "training_user_metric";

  private Metrics() {}
}
