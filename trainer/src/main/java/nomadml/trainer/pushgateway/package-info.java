/** The newest values of a run on a Pushgateway: the only importer of the Prometheus client. */
@NullMarked
package nomadml.trainer.pushgateway;

import org.jspecify.annotations.NullMarked;
