package nomadml.system.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds processes of a cluster by its folder, which no other cluster has. */
public final class Processes {
  private Processes() {}

  /** Those whose command line or environment names a folder of this cluster. */
  public static List<ProcessHandle> mentioning(String folder) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(
            process ->
                read(process, "cmdline").contains(folder)
                    || read(process, "environ").contains(folder))
        .toList();
  }

  /** The command line of a process, its arguments apart by spaces. */
  public static String commandLine(ProcessHandle process) {
    return read(process, "cmdline").replace('\0', ' ');
  }

  /** The environment of a process, one variable a line. */
  public static String environment(ProcessHandle process) {
    return read(process, "environ").replace('\0', '\n');
  }

  private static String read(ProcessHandle process, String file) {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(process.pid()), file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // It ended meanwhile.
    }
  }
}
