package nomadml.trainer.report;

import java.util.function.Consumer;

/** Says that something went wrong when it begins, and that it is over; nothing in between. */
final class Episode {
  private final Consumer<String> warnings;
  private boolean open;

  Episode(Consumer<String> warnings) {
    this.warnings = warnings;
  }

  synchronized void begins(String message) {
    if (!open) {
      open = true;
      warnings.accept(message);
    }
  }

  synchronized void ends(String message) {
    if (open) {
      open = false;
      warnings.accept(message);
    }
  }

  synchronized boolean isOpen() {
    return open;
  }
}
