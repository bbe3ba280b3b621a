/** Data and models from elsewhere: fetched once a node, known by their SHA-256. */
@NullMarked
package nomadml.trainer.sources;

import org.jspecify.annotations.NullMarked;
