/** Runs, artifacts, checkpoints and inputs on an MLflow server: the only importer of its client. */
@NullMarked
package nomadml.trainer.mlflow;

import org.jspecify.annotations.NullMarked;
