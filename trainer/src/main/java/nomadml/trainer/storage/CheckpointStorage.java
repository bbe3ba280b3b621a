package nomadml.trainer.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps checkpoints of a run away from its node. Each is a folder of files named by its step; it is
 * there once its {@code manifest.json} is, which is written last.
 */
public interface CheckpointStorage {
  /** The steps of the complete checkpoints, the newest first. */
  List<Long> steps() throws IOException;

  /** Stores every file of a folder as the checkpoint of a step. */
  void put(long step, Path folder) throws IOException;

  /** Brings a checkpoint into a folder that does not exist yet. */
  void get(long step, Path folder) throws IOException;

  /** Deletes a checkpoint, its manifest first. */
  void delete(long step) throws IOException;
}
