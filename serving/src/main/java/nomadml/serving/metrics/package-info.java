/** What Prometheus is told. The only importer of its client. */
@NullMarked
package nomadml.serving.metrics;

import org.jspecify.annotations.NullMarked;
