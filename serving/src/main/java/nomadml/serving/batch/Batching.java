package nomadml.serving.batch;

import java.time.Duration;

/**
 * How requests are put together.
 *
 * @param mostRows of a batch
 * @param delay that a batch may wait for more; zero takes what is there
 */
public record Batching(int mostRows, Duration delay) {}
