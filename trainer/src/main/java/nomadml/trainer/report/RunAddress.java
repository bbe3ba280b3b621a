package nomadml.trainer.report;

/** Where a run is kept. */
public record RunAddress(String experimentId, String runId) {}
