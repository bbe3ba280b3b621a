/** The whole system against real servers: every class says in facts what holds. */
@NullMarked
package nomadml.system;

import org.jspecify.annotations.NullMarked;
