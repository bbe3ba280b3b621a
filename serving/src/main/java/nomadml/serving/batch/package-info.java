/** From a request's rows to their outputs: admission, batches, deadlines. */
@NullMarked
package nomadml.serving.batch;

import org.jspecify.annotations.NullMarked;
