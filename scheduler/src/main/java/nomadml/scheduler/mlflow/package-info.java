/** Runs in MLflow; the only importer of its client. */
@NullMarked
package nomadml.scheduler.mlflow;

import org.jspecify.annotations.NullMarked;
