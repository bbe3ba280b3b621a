/** The model server. */
@NullMarked
package nomadml.serving;

import org.jspecify.annotations.NullMarked;
