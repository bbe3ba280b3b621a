/** Models that come and go: loading, warming up, and the watch for newer versions. */
@NullMarked
package nomadml.serving.loading;

import org.jspecify.annotations.NullMarked;
