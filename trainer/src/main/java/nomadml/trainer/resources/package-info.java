/** What a training uses of its machine, and what the kernel says of its memory. */
@NullMarked
package nomadml.trainer.resources;

import org.jspecify.annotations.NullMarked;
