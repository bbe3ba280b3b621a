/** One submission from job file to registered job, and the ports it needs. */
@NullMarked
package nomadml.scheduler.submit;

import org.jspecify.annotations.NullMarked;
