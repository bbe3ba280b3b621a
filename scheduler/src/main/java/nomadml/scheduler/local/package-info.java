/** Runs jobs on this machine when there is no cluster. */
@NullMarked
package nomadml.scheduler.local;

import org.jspecify.annotations.NullMarked;
