package nomadml.trainer.report;

import java.util.Map;

/**
 * A data set a run used.
 *
 * @param digest stands for its bytes; a server may keep the first 36 characters only
 * @param sourceType local, http, s3 or runs, as MLflow calls them
 * @param source what opens it again, such as its address
 * @param profile its size
 * @param context training or validation
 */
public record Dataset(
    String name,
    String digest,
    String sourceType,
    Map<String, String> source,
    Map<String, Long> profile,
    String context) {}
