package nomadml.trainer.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code metrics.csv}: every point of a training, for people and for the next attempt. */
final class MetricLog implements AutoCloseable {
  private static final String HEADER = "step,timestamp,value,key\n";

  private final Path file;
  private @Nullable FileChannel channel;

  MetricLog(Path file) throws IOException {
    this.file = file;
    cutTornLine();
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

  /** Writes the points behind the others; when it throws, none of them is there. */
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
    FileChannel open = channel == null ? open() : channel;
    channel = open;
    long size = open.size();
    try {
      write(open, size == 0 ? HEADER + text : text.toString());
    } catch (IOException e) {
      abandon(open, size);
      throw e;
    }
  }

  void sync() throws IOException {
    if (channel != null) {
      channel.force(false);
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }

  private FileChannel open() throws IOException {
    cutTornLine();
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void cutTornLine() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long end = access.length();
      while (end > 0) {
        access.seek(end - 1);
        if (access.read() == '\n') {
          break;
        }
        end--;
      }
      access.setLength(end);
    }
  }

  /** Takes back a part of a write; what can't be is told apart when it is read. */
  private void abandon(FileChannel open, long size) {
    channel = null;
    try (open) {
      open.truncate(size);
    } catch (IOException e) {
      return;
    }
  }

  private static void write(FileChannel channel, String text) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (buffer.hasRemaining()) {
      channel.write(buffer);
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
