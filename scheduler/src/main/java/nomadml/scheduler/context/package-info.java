/** Which servers a command talks to: flags, environment, named contexts, Consul. */
@NullMarked
package nomadml.scheduler.context;

import org.jspecify.annotations.NullMarked;
