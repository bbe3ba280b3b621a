/** What a user's jar implements to bring models, data sets and metrics of its own. */
@NullMarked
package nomadml.trainer.extension;

import org.jspecify.annotations.NullMarked;
