package nomadml.serving.http;

import java.time.Duration;

/**
 * How the server behaves.
 *
 * @param deadline of a request that sets none
 * @param mostBytes of a body
 */
public record Settings(String host, int port, Duration deadline, int mostBytes) {}
