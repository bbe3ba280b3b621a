package nomadml.scheduler.cli;

/** Says at Ctrl-C what goes on without this process, which then exits with 130. */
final class Interruption implements AutoCloseable {
  private final Thread hook;

  Interruption(Console console, String jobId) {
    hook =
        new Thread(
            () -> {
              console.err().println();
              console.err().println(jobId + " goes on");
              console.err().println("  hint: follow it: " + Hints.follow(jobId));
              console.err().println("  hint: stop it:   " + Hints.stop(jobId));
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
