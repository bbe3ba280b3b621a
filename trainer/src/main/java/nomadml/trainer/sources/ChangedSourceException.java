package nomadml.trainer.sources;

import java.io.IOException;

/** A source has other bytes than the ones that are wanted. */
public final class ChangedSourceException extends IOException {
  private final String found;

  ChangedSourceException(String found) {
    super("its SHA-256 is " + found);
    this.found = found;
  }

  /** The SHA-256 it has. */
  public String found() {
    return found;
  }
}
