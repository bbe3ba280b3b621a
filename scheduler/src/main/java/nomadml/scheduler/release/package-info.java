/**
 * A version of a model through several environments, one after the other: the same digest in each,
 * or not at all.
 */
@NullMarked
package nomadml.scheduler.release;

import org.jspecify.annotations.NullMarked;
