package nomadml.serving.model;

/**
 * Which model it is, for whoever asks.
 *
 * @param version {@code 0} of a folder, which has none
 * @param digest {@code sha256:} and 64 digits
 * @param runId empty when it is not known
 */
public record Identity(String name, String version, String digest, String runId) {}
