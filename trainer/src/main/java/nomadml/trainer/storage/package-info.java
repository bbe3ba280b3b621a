/** Checkpoints that outlive the node: where they are put, and how they come back. */
@NullMarked
package nomadml.trainer.storage;

import org.jspecify.annotations.NullMarked;
