package nomadml.trainer.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Watches this process's resident memory against the allocation's limit: warns of a growth that
 * will reach it, and tells when it is so near that progress should be made safe.
 */
final class MemoryGuard {
  private static final int WINDOW = 20;
  private static final double NEAR = 0.85;
  private static final double MIB = 1024 * 1024;

  private final OptionalLong limit;
  private final LongSupplier resident;
  private final Deque<Long> measured = new ArrayDeque<>();
  private boolean warned;
  private boolean told;

  /**
   * @param limit in bytes; empty when there is none
   * @param resident bytes of this process
   */
  MemoryGuard(OptionalLong limit, LongSupplier resident) {
    this.limit = limit;
    this.resident = resident;
  }

  /** Of this process, by the limit Nomad gave its task. */
  static MemoryGuard ofThisProcess(Map<String, String> environment) {
    String mebibytes =
        environment.getOrDefault(
            "NOMAD_MEMORY_MAX_LIMIT", environment.getOrDefault("NOMAD_MEMORY_LIMIT", ""));
    return new MemoryGuard(
        mebibytes.matches("\\d{1,9}")
            ? OptionalLong.of(Long.parseLong(mebibytes) << 20)
            : OptionalLong.empty(),
        MemoryGuard::residentBytes);
  }

  /** Once: the limit is near. */
  boolean isNearLimit() {
    if (told || limit.isEmpty() || resident.getAsLong() < NEAR * limit.getAsLong()) {
      return false;
    }
    told = true;
    return true;
  }

  /** What to say when the limit is near. */
  String nearness() {
    return "the worker holds %.0f MiB of the %.0f MiB its task may have: a checkpoint is made now; raise resources.memory"
        .formatted(resident.getAsLong() / MIB, limit.orElse(0) / MIB);
  }

  /**
   * After an epoch: a warning, once, when the memory of the last epochs grew steadily and would
   * reach the limit before the end.
   */
  Optional<String> afterEpoch(int epochsLeft) {
    measured.addLast(resident.getAsLong());
    if (measured.size() > WINDOW) {
      measured.removeFirst();
    }
    if (warned || limit.isEmpty() || measured.size() < WINDOW) {
      return Optional.empty();
    }
    double slope = slope();
    double end = measured.getLast() + slope * epochsLeft;
    if (slope <= 0 || end < limit.getAsLong()) {
      return Optional.empty();
    }
    warned = true;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "memory grows by %.1f MiB an epoch: %.0f MiB now, and the limit of %.0f MiB in %d epochs, before the end;"
                + " raise resources.memory",
            slope / MIB,
            measured.getLast() / MIB,
            limit.getAsLong() / MIB,
            (int) ((limit.getAsLong() - measured.getLast()) / slope)));
  }

  /** Bytes an epoch, the lesser of the window's two halves: one jump is no growth. */
  private double slope() {
    long[] bytes = measured.stream().mapToLong(Long::longValue).toArray();
    return Math.min(slope(bytes, 0, WINDOW / 2), slope(bytes, WINDOW / 2, WINDOW));
  }

  /** The median of all pairs' slopes (Theil 1950). */
  private static double slope(long[] bytes, int from, int to) {
    int length = to - from;
    double[] slopes = new double[length * (length - 1) / 2];
    int filled = 0;
    for (int j = from + 1; j < to; j++) {
      for (int i = from; i < j; i++) {
        slopes[filled++] = (bytes[j] - bytes[i]) / (double) (j - i);
      }
    }
    Arrays.sort(slopes);
    return slopes[slopes.length / 2];
  }

  /** Zero where the system does not tell. */
  private static long residentBytes() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }
}
