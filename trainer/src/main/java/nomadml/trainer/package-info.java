@NullMarked
package nomadml.trainer;

import org.jspecify.annotations.NullMarked;
