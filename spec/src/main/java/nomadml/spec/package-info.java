/** The job file, and the names the scheduler and the trainer must agree on. */
@NullMarked
package nomadml.spec;

import org.jspecify.annotations.NullMarked;
