package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Sends signals to processes the tests own. */
public final class Signal {
  private Signal() {}

  /** Sends a signal by name; a process that is gone already is no error. */
  public static void send(String signal, Collection<ProcessHandle> processes) {
    if (processes.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("kill", "-s", signal));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    try {
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills processes with all their descendants: stopped first, so that none escapes by forking. */
  public static void killAll(Collection<ProcessHandle> roots) {
    Set<ProcessHandle> all = new HashSet<>(roots);
    int before;
    do {
      before = all.size();
      send("STOP", all);
      roots.stream().flatMap(ProcessHandle::descendants).forEach(all::add);
    } while (all.size() > before);
    send("KILL", all);
    // An orphan whose new parent never reaps it stays a zombie: dead enough.
    all.forEach(process -> process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join());
  }
}
