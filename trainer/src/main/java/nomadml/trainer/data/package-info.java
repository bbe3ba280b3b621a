/** Reads data sets into memory and splits them. */
@NullMarked
package nomadml.trainer.data;

import org.jspecify.annotations.NullMarked;
