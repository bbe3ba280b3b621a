package nomadml.scheduler.cli;

/** Says at Ctrl-C what goes on without this process, which then exits with 130. */
final class Interruption implements AutoCloseable {
  private final Thread hook;

  Interruption(Console console, String jobId) {
    this(
        console,
        jobId + " goes on",
        "follow it: " + Hints.follow(jobId),
        "stop it:   " + Hints.stop(jobId));
  }

  Interruption(Console console, String sentence, String... hints) {
    hook =
        new Thread(
            () -> {
              console.err().println();
              console.err().println(sentence);
              for (String hint : hints) {
                console.err().println("  hint: " + hint);
              }
              console.err().flush();
            },
            "interrupted");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      hook.setName("too late"); // The process is ending; the hook has spoken.
    }
  }
}
