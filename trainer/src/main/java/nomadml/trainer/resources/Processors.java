package nomadml.trainer.resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The time of all processors at one moment.
 *
 * @param busy ticks
 * @param all ticks, the idle ones too
 */
record Processors(long busy, long all) {
  private static final int IDLE = 3;
  private static final int WAITING = 4;
  private static final int GUEST = 8;

  static Processors read(Path proc) throws IOException {
    List<String> lines = Files.readAllLines(proc.resolve("stat"));
    String[] fields = lines.get(0).replaceFirst("cpu +", "").split(" ", -1);
    long all = 0;
    for (int i = 0; i < Math.min(fields.length, GUEST); i++) {
      all += Long.parseLong(fields[i]);
    }
    return new Processors(
        all - Long.parseLong(fields[IDLE]) - Long.parseLong(fields[WAITING]), all);
  }
}
