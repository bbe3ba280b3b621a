/** What a run tells the outside, kept in order on the local disk until the servers have it. */
@NullMarked
package nomadml.trainer.report;

import org.jspecify.annotations.NullMarked;
