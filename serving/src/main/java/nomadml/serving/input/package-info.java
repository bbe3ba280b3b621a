/** Bodies of requests to the rows a network takes, and outputs to bodies. */
@NullMarked
package nomadml.serving.input;

import org.jspecify.annotations.NullMarked;
