/** Keeps MLflow and the Pushgateway equal to what the cluster says. */
@NullMarked
package nomadml.scheduler.reconcile;

import org.jspecify.annotations.NullMarked;
