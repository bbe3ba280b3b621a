/** The server's command: the only package that prints and exits. */
@NullMarked
package nomadml.serving.cli;

import org.jspecify.annotations.NullMarked;
