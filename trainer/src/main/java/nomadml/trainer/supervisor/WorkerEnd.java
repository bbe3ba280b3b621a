package nomadml.trainer.supervisor;

import nomadml.spec.Progress;
import org.jspecify.annotations.Nullable;

/**
 * How a worker left.
 *
 * @param last its last word; null when it said none
 * @param failure null when it left with success
 */
record WorkerEnd(int exitCode, @Nullable Progress last, @Nullable Failure failure) {}
