package nomadml.trainer.resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Processor time and memory of a process and what it started, at one moment.
 *
 * @param ticks of processor time by process, hundredths of a second
 * @param residentBytes of all together; pages they share count more than once
 */
record ProcessTree(Map<Long, Long> ticks, long residentBytes) {
  /** Reads it. Processes that end meanwhile are left out. */
  static ProcessTree read(Path proc, long pid) {
    Map<Long, Stat> stats = new HashMap<>();
    Map<Long, List<Long>> children = new HashMap<>();
    for (long process : processes(proc)) {
      Optional<Stat> stat = Stat.read(proc.resolve(Long.toString(process)));
      if (stat.isPresent()) {
        stats.put(process, stat.get());
        children.computeIfAbsent(stat.get().parent(), parent -> new ArrayList<>()).add(process);
      }
    }
    Map<Long, Long> ticks = new HashMap<>();
    long resident = 0;
    Deque<Long> open = new ArrayDeque<>(List.of(pid));
    while (!open.isEmpty()) {
      long process = open.remove();
      Stat stat = stats.get(process);
      if (stat != null && ticks.put(process, stat.ticks()) == null) {
        resident += resident(proc.resolve(Long.toString(process)));
        open.addAll(children.getOrDefault(process, List.of()));
      }
    }
    return new ProcessTree(ticks, resident);
  }

  /** Ticks since an earlier moment. */
  long ticksSince(ProcessTree before) {
    return ticks.entrySet().stream()
        .mapToLong(
            now -> Math.max(0, now.getValue() - before.ticks().getOrDefault(now.getKey(), 0L)))
        .sum();
  }

  private static List<Long> processes(Path proc) {
    try (Stream<Path> entries = Files.list(proc)) {
      return entries
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static long resident(Path process) {
    try {
      for (String line : Files.readAllLines(process.resolve("status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }

  /** A part of {@code /proc/<pid>/stat}. */
  private record Stat(long parent, long ticks) {
    private static final int PARENT = 1;
    private static final int USER = 11;
    private static final int SYSTEM = 12;

    /** Fields are counted behind the program's name, which may hold blanks and parentheses. */
    static Optional<Stat> read(Path process) {
      try {
        String text = Files.readString(process.resolve("stat"));
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
        return Optional.of(
            new Stat(
                Long.parseLong(fields[PARENT]),
                Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM])));
      } catch (IOException | RuntimeException e) {
        return Optional.empty(); // It has ended.
      }
    }
  }
}
