/** Watches a job from its submission to its end. */
@NullMarked
package nomadml.scheduler.follow;

import org.jspecify.annotations.NullMarked;
