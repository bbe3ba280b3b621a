/**
 * Starts the real servers on free ports of 127.0.0.1, and ends them with everything they started.
 */
@NullMarked
package nomadml.system.servers;

import org.jspecify.annotations.NullMarked;
