/** The trainer's commands: the only package that prints and exits. */
@NullMarked
package nomadml.trainer.cli;

import org.jspecify.annotations.NullMarked;
