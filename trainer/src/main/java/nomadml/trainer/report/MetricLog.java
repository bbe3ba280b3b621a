package nomadml.trainer.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code metrics.csv}: every point of a training, for people and for the next attempt. */
final class MetricLog implements AutoCloseable {
  private static final String HEADER = "step,timestamp,value,key\n";

  private final Path file;
  private final Opening opening;
  private @Nullable RandomAccessFile open;

  /** What is behind this was written in part only; -1 when nothing was. */
  private long whole = -1;

  MetricLog(Path file) throws IOException {
    this(file, path -> new RandomAccessFile(path.toFile(), "rw"));
  }

  MetricLog(Path file, Opening opening) throws IOException {
    this.file = file;
    this.opening = opening;
    if (Files.exists(file)) {
      try (RandomAccessFile access = opening.open(file)) {
        cutTornLine(access);
      }
    }
  }

  /** Opens a file for reading and writing, and makes it when it is not there. */
  @FunctionalInterface
  interface Opening {
    RandomAccessFile open(Path file) throws IOException;
  }

  /** Takes some points of a file. */
  interface Receiver {
    void receive(List<Batch.Point> points) throws IOException;
  }

  /** Reads the points of a file, so many at a time; none when there is no file. */
  static void read(Path file, int most, Receiver receiver) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<Batch.Point> points = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Batch.Point point = parse(line);
        if (point != null) {
          points.add(point);
        }
        if (points.size() == most) {
          receiver.receive(points);
          points.clear();
        }
      }
    }
    receiver.receive(points);
  }

  /**
   * Writes the points behind the others. When it throws, none of them is there, or what is there is
   * taken back before anything else is written: they may be given again.
   */
  void append(List<Entry.Metrics> entries) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Entry.Metrics entry : entries) {
      for (Map.Entry<String, Double> value : entry.values().entrySet()) {
        text.append(entry.step()).append(',').append(entry.timestamp()).append(',');
        text.append(value.getValue()).append(',').append(quoted(value.getKey())).append('\n');
      }
    }
    if (text.length() == 0) {
      return;
    }
    RandomAccessFile access = open == null ? open() : open;
    open = access;
    long size = access.length();
    try {
      access.seek(size);
      access.write((size == 0 ? HEADER + text : text.toString()).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      abandon(access, size);
      throw e;
    }
  }

  void sync() throws IOException {
    if (open != null) {
      open.getFD().sync();
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }

  private RandomAccessFile open() throws IOException {
    RandomAccessFile access = opening.open(file);
    try {
      if (whole >= 0) {
        access.setLength(whole);
        whole = -1;
      }
      cutTornLine(access);
      return access;
    } catch (IOException e) {
      access.close();
      throw e;
    }
  }

  private static void cutTornLine(RandomAccessFile access) throws IOException {
    long length = access.length();
    long end = length;
    while (end > 0) {
      access.seek(end - 1);
      if (access.read() == '\n') {
        break;
      }
      end--;
    }
    if (end < length) {
      access.setLength(end);
    }
  }

  /** Takes back a part of a write, now or before the next one. */
  private void abandon(RandomAccessFile access, long size) {
    open = null;
    whole = size;
    try (access) {
      access.setLength(size);
      whole = -1;
    } catch (IOException e) {
      return;
    }
  }

  /** Keys hold no line breaks; the last column is the only one that may need quotes. */
  private static String quoted(String key) {
    return key.contains(",") || key.contains("\"") ? '"' + key.replace("\"", "\"\"") + '"' : key;
  }

  private static Batch.@Nullable Point parse(String line) {
    String[] fields = line.split(",", 4);
    if (fields.length < 4 || fields[3].isEmpty()) {
      return null;
    }
    String key = fields[3];
    if (key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")) {
      key = key.substring(1, key.length() - 1).replace("\"\"", "\"");
    }
    try {
      return new Batch.Point(
          key, Double.parseDouble(fields[2]), Long.parseLong(fields[1]), Long.parseLong(fields[0]));
    } catch (NumberFormatException e) {
      return null; // The header, or a line torn by a crash.
    }
  }
}
