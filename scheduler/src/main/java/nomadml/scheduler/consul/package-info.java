/** What Consul knows; the only importer of its client. */
@NullMarked
package nomadml.scheduler.consul;

import org.jspecify.annotations.NullMarked;
