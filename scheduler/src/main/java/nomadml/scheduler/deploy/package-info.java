/**
 * From a registered model version to a service that answers: canary, gates, approval, promotion or
 * the way back.
 */
@NullMarked
package nomadml.scheduler.deploy;

import org.jspecify.annotations.NullMarked;
