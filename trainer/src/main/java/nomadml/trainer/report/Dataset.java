package nomadml.trainer.report;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A data set a run used.
 *
 * @param digest stands for its bytes; a server may keep the first 36 characters only
 * @param sourceType local, http or s3, as MLflow calls them
 * @param source what opens it again, such as its address
 * @param schema its columns and types, in the server's own JSON
 * @param profile its size
 * @param context training or validation
 */
public record Dataset(
    String name,
    String digest,
    String sourceType,
    Map<String, String> source,
    @Nullable String schema,
    Map<String, Long> profile,
    String context) {}
