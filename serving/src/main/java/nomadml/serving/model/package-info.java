/** Where a model comes from, and what it is. */
@NullMarked
package nomadml.serving.model;

import org.jspecify.annotations.NullMarked;
