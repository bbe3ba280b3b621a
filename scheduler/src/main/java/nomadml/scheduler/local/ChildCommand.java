package nomadml.scheduler.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A command run to its end, with its streams passed on. */
final class ChildCommand {
  private ChildCommand() {}

  static int run(
      List<String> command,
      Path folder,
      Map<String, String> environment,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    pass(input, process.getOutputStream(), true);
    Thread talk = pass(process.getErrorStream(), errors, false);
    try {
      copy(process.getInputStream(), output);
      talk.join();
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroy();
      return 130;
    }
  }

  private static Thread pass(InputStream from, OutputStream to, boolean close) {
    Thread thread =
        new Thread(
            () -> {
              try {
                copy(from, to);
                if (close) {
                  to.close();
                }
              } catch (IOException e) {
                // The other end is gone; the exit code tells the rest.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    byte[] some = new byte[8192];
    for (int count = from.read(some); count >= 0; count = from.read(some)) {
      to.write(some, 0, count);
      to.flush();
    }
  }
}
