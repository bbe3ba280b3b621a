/** Translation by golden files; what answers of Nomad mean, without a Nomad. */
@NullMarked
package nomadml.scheduler.nomad;

import org.jspecify.annotations.NullMarked;
