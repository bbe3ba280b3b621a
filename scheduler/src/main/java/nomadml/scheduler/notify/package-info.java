/**
 * Tells people of a run's first metric and of its end: once for each event and name, at least once
 * when this process dies between telling and noting it.
 */
@NullMarked
package nomadml.scheduler.notify;

import org.jspecify.annotations.NullMarked;
