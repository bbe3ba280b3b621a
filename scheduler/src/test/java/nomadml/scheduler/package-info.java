/** What tests share. */
@NullMarked
package nomadml.scheduler;

import org.jspecify.annotations.NullMarked;
