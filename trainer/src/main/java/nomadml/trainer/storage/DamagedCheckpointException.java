package nomadml.trainer.storage;

import java.io.IOException;

/** A stored checkpoint is not what was stored: the one before may be whole. */
public final class DamagedCheckpointException extends IOException {
  public DamagedCheckpointException(String message) {
    super(message);
  }
}
