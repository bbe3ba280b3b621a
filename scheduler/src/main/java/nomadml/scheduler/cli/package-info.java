/** The submit-job commands: the only package that prints and exits. */
@NullMarked
package nomadml.scheduler.cli;

import org.jspecify.annotations.NullMarked;
