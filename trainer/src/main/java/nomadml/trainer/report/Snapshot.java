package nomadml.trainer.report;

import java.util.Map;

/**
 * The newest values of a run.
 *
 * @param runId groups them, the MLflow run or, before there is one, the submission
 * @param info labels of {@code training_info}: nomad_job, allocation, node, device, mlflow_run
 * @param values by MLflow's key, {@code train_loss} … and {@code system/…}; what has no gauge of
 *     its own becomes a {@code training_user_metric}, except for values of the machine
 * @param backlog how many reports no server has yet
 * @param heartbeat milliseconds since 1970 of the newest sign of life of the worker
 */
public record Snapshot(
    String runId,
    String experiment,
    String model,
    Map<String, String> info,
    int epoch,
    int epochs,
    Map<String, Double> values,
    long backlog,
    long heartbeat) {}
