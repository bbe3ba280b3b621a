package nomadml.scheduler.cli;

import nomadml.scheduler.follow.Display;

/** Chooses how a followed job is shown. */
final class Displays {
  private Displays() {}

  /** JSON lines, a progress bar on a terminal, or plain lines. */
  static Display of(Console console, Output output) {
    if (output.isJson()) {
      return new JsonDisplay(console);
    }
    return console.terminal() ? new TerminalDisplay(console) : new PlainDisplay(console);
  }
}
