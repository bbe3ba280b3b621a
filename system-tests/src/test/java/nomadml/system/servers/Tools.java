package nomadml.system.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The pinned servers, where {@code tools/install --paths} says they are. */
public final class Tools {
  private static final Map<String, Path> FOLDERS = folders();

  private Tools() {}

  /** A program of a server, such as {@code promtool} of {@code prometheus}. */
  public static String program(String server, String program) {
    Path path = folder(server).resolve(program);
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(program + " is not here\nhint: tools/install");
    }
    return path.toString();
  }

  /** The folder of a server's programs. */
  public static Path folder(String server) {
    Path folder = FOLDERS.get(server);
    if (folder == null) {
      throw new IllegalStateException(server + " is not here\nhint: tools/install");
    }
    return folder;
  }

  private static Map<String, Path> folders() {
    Map<String, Path> folders = new HashMap<>();
    for (String line :
        output(Repository.file("tools/install").toString(), "--paths").lines().toList()) {
      int equals = line.indexOf('=');
      folders.put(line.substring(0, equals), Path.of(line.substring(equals + 1)));
    }
    return folders;
  }

  private static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(output);
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException("could not run " + command[0], e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
