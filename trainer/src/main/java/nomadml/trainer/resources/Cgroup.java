package nomadml.trainer.resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The control group that bounds this process's memory, version 1 or 2.
 *
 * @param folder where the kernel shows it
 * @param unified whether it is version 2
 */
record Cgroup(Path folder, boolean unified) {
  /** Above it, version 1 means "no limit". */
  private static final long UNLIMITED = 1L << 60;

  /**
   * The group of this process.
   *
   * @param process its folder in {@code /proc}
   */
  static Optional<Cgroup> of(Path process) {
    try {
      List<String> groups = Files.readAllLines(process.resolve("cgroup"));
      List<String> mounts = Files.readAllLines(process.resolve("mountinfo"));
      for (boolean unified : new boolean[] {false, true}) {
        for (String group : groups) {
          String[] fields = group.split(":", 3);
          boolean fits =
              fields.length == 3
                  && (unified
                      ? fields[1].isEmpty()
                      : List.of(fields[1].split(",")).contains("memory"));
          if (fits) {
            return mounted(mounts, fields[2], unified)
                .filter(Files::isDirectory)
                .map(folder -> new Cgroup(folder, unified));
          }
        }
      }
    } catch (IOException e) {
      return Optional.empty(); // No /proc, no groups.
    }
    return Optional.empty();
  }

  /** How often the kernel has killed a process of the group for want of memory. */
  OptionalLong outOfMemoryKills() {
    return field(unified ? "memory.events" : "memory.oom_control", "oom_kill");
  }

  /** Bytes the group uses, without what is only cached from files. */
  OptionalLong memory() {
    OptionalLong used = number(unified ? "memory.current" : "memory.usage_in_bytes");
    OptionalLong cached = field("memory.stat", unified ? "inactive_file" : "total_inactive_file");
    return used.isEmpty()
        ? used
        : OptionalLong.of(Math.max(0, used.getAsLong() - cached.orElse(0)));
  }

  /** Bytes it may use; empty when there is no limit. */
  OptionalLong memoryLimit() {
    OptionalLong limit = number(unified ? "memory.max" : "memory.limit_in_bytes");
    return limit.orElse(UNLIMITED) >= UNLIMITED ? OptionalLong.empty() : limit;
  }

  private OptionalLong number(String file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(folder.resolve(file)).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // Not there, or "max".
    }
  }

  private OptionalLong field(String file, String name) {
    try {
      for (String line : Files.readAllLines(folder.resolve(file))) {
        String[] words = line.split(" ", 2);
        if (words.length == 2 && words[0].equals(name)) {
          return OptionalLong.of(Long.parseLong(words[1].strip()));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  /** The place of a group below the mount that shows it; a container may see a part only. */
  private static Optional<Path> mounted(List<String> mounts, String group, boolean unified) {
    for (String line : mounts) {
      String[] halves = line.split(" - ", 2);
      String[] fields = halves[0].split(" ", -1);
      String[] kind = halves.length == 2 ? halves[1].split(" ", -1) : new String[0];
      if (kind.length < 3 || fields.length < 5) {
        continue;
      }
      boolean fits =
          unified
              ? kind[0].equals("cgroup2")
              : kind[0].equals("cgroup") && List.of(kind[2].split(",")).contains("memory");
      String root = fields[3];
      if (fits && (root.equals("/") || group.equals(root) || group.startsWith(root + "/"))) {
        String below = root.equals("/") ? group : group.substring(root.length());
        return Optional.of(Path.of(fields[4] + (below.equals("/") ? "" : below)));
      }
    }
    return Optional.empty();
  }
}
