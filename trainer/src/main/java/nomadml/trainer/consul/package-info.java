/** Services found through Consul, and the lock and attempt number kept there. */
@NullMarked
package nomadml.trainer.consul;

import org.jspecify.annotations.NullMarked;
