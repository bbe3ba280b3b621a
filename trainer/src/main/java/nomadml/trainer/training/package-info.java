/** The training loop on DJL tensors: networks, optimizers, schedules. */
@NullMarked
package nomadml.trainer.training;

import org.jspecify.annotations.NullMarked;
