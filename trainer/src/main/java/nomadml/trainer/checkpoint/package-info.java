/** Checkpoints on the local disk: complete or not there at all. */
@NullMarked
package nomadml.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
