/** The life of an attempt: it starts the worker and outlives its crashes. */
@NullMarked
package nomadml.trainer.supervisor;

import org.jspecify.annotations.NullMarked;
