package nomadml.trainer.report;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What finds a run, or makes it.
 *
 * @param runId made at submission; null when MLflow could not be reached then
 * @param submission the tag that makes finding and making the same
 * @param tags a new run gets
 */
public record RunIdentity(
    @Nullable String runId,
    String submission,
    String experiment,
    String name,
    Map<String, String> tags) {}
