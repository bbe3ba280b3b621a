/** The model folder that MLflow and Python can load. */
@NullMarked
package nomadml.trainer.export;

import org.jspecify.annotations.NullMarked;
