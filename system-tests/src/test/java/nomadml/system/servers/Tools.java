package nomadml.system.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
      // One of those that are obtained only when they are named.
      folder = folders("--only", server).get(server);
    }
    if (folder == null) {
      throw new IllegalStateException(server + " is not here\nhint: tools/install");
    }
    return folder;
  }

  private static Map<String, Path> folders(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Repository.file("tools/install").toString());
    command.add("--paths");
    command.addAll(List.of(options));
    Map<String, Path> folders = new HashMap<>();
    for (String line : output(command).lines().toList()) {
      int equals = line.indexOf('=');
      folders.put(line.substring(0, equals), Path.of(line.substring(equals + 1)));
    }
    return folders;
  }

  private static String output(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(output);
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException("could not run " + command.get(0), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
