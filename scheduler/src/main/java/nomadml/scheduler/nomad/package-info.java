/** Nomad as the cluster: the only importer of its client library. */
@NullMarked
package nomadml.scheduler.nomad;

import org.jspecify.annotations.NullMarked;
