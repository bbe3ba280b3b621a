/** Prometheus, by its HTTP API. */
@NullMarked
package nomadml.scheduler.prometheus;

import org.jspecify.annotations.NullMarked;
