package nomadml.trainer.supervisor;

import java.io.IOException;
import java.util.Optional;
import nomadml.trainer.storage.CheckpointStorage;

/** Finds where the run's checkpoints are kept away from its node. */
@FunctionalInterface
public interface RunStorage {
  /** Empty when they are kept on this machine only. Throws while the server can't be reached. */
  Optional<CheckpointStorage> find() throws IOException;
}
