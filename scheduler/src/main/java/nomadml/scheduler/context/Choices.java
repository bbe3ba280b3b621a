package nomadml.scheduler.context;

import org.jspecify.annotations.Nullable;

/**
 * What the command line says about servers; null where it says nothing.
 *
 * @param local run here, whatever cluster is known
 */
public record Choices(
    @Nullable String context,
    @Nullable String nomad,
    @Nullable String consul,
    @Nullable String mlflow,
    @Nullable String namespace,
    @Nullable String region,
    boolean local) {
  public static final Choices NONE = new Choices(null, null, null, null, null, null, false);
}
