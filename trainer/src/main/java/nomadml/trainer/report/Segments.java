package nomadml.trainer.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/**
 * The spool's lines on disk, in files of about a megabyte named by their first line's number. What
 * follows a file's last newline was torn by a crash and is not read. Not for several threads.
 */
final class Segments implements AutoCloseable {
  private static final long FULL = 1 << 20;
  private static final String NAME = "\\d{19}\\.jsonl";

  private final Path folder;
  private final Consumer<String> warnings;
  private final TreeMap<Long, Path> files = new TreeMap<>();
  private long last;
  private @Nullable FileChannel active;
  private Position position = new Position(0, 0, 0);

  /** Where reading goes on: behind the line of a number. */
  private record Position(long number, long file, long offset) {}

  Segments(Path folder, Consumer<String> warnings) throws IOException {
    this.folder = folder;
    this.warnings = warnings;
    Files.createDirectories(folder);
    try (Stream<Path> children = Files.list(folder)) {
      children
          .filter(path -> path.getFileName().toString().matches(NAME))
          .forEach(path -> files.put(first(path), path));
    }
    for (long file : files.descendingKeySet()) {
      position = new Position(0, file, 0);
      List<Line> lines = read(0, Integer.MAX_VALUE);
      if (!lines.isEmpty()) {
        last = lines.get(lines.size() - 1).number();
        break;
      }
    }
  }

  /** The number of the last line, 0 when there is none. */
  long last() {
    return last;
  }

  /** Writes lines behind the last one; when it throws, none of them is there. */
  void append(List<Line> lines) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (Line line : lines) {
      text.write(Json.MAPPER.writeValueAsBytes(line));
      text.write('\n');
    }
    FileChannel channel = channel(lines.get(0).number());
    long size = channel.size();
    try {
      ByteBuffer buffer = ByteBuffer.wrap(text.toByteArray());
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      abandon(channel, size);
      throw e;
    }
    last = lines.get(lines.size() - 1).number();
  }

  void sync() throws IOException {
    if (active != null) {
      active.force(false);
    }
  }

  /** Lines behind the one of a number, in order; empty when there are none. */
  List<Line> read(long after, int most) throws IOException {
    if (position.number() != after) {
      Long file = files.floorKey(after + 1);
      position = new Position(after, file == null ? 0 : file, 0);
    }
    List<Line> result = new ArrayList<>();
    Long file = files.ceilingKey(position.file());
    while (file != null && result.size() < most) {
      position = file == position.file() ? position : new Position(position.number(), file, 0);
      try {
        readOn(result, most);
      } catch (NoSuchFileException e) {
        warnings.accept("%s is gone, and what it held".formatted(files.remove(file)));
      }
      file = files.higherKey(file);
    }
    return result;
  }

  /** Deletes the files all of whose lines have at most this number. */
  void deleteUpTo(long number) throws IOException {
    while (files.size() > 1 && files.higherKey(files.firstKey()) <= number + 1) {
      Files.deleteIfExists(files.pollFirstEntry().getValue());
    }
  }

  @Override
  public void close() throws IOException {
    if (active != null) {
      active.close();
      active = null;
    }
  }

  /** Reads more of the file at the position, and moves the position. */
  private void readOn(List<Line> result, int most) throws IOException {
    Position from = position;
    Path path = Objects.requireNonNull(files.get(from.file()));
    byte[] bytes = bytes(path, from.offset());
    int start = 0;
    for (int i = 0; i < bytes.length && result.size() < most; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      Line line = parse(new String(bytes, start, i - start, StandardCharsets.UTF_8), path);
      start = i + 1;
      long number = position.number();
      if (line != null && line.number() > number) {
        result.add(line);
        number = line.number();
      }
      position = new Position(number, from.file(), from.offset() + start);
    }
  }

  private @Nullable Line parse(String text, Path path) {
    try {
      return Json.MAPPER.readValue(text, Line.class);
    } catch (JsonProcessingException e) {
      warnings.accept(
          "a damaged line of %s is left out: %s".formatted(path, e.getOriginalMessage()));
      return null;
    }
  }

  private static byte[] bytes(Path path, long offset) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.max(0, file.length() - offset)];
      file.seek(offset);
      file.readFully(bytes);
      return bytes;
    }
  }

  private FileChannel channel(long first) throws IOException {
    if (active != null && active.size() < FULL) {
      return active;
    }
    if (active != null) {
      active.force(false);
      close();
    }
    Path path = folder.resolve("%019d.jsonl".formatted(first));
    FileChannel opened =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    files.put(first, path);
    active = opened;
    return opened;
  }

  /** Takes back a part of a write; the next one begins another file, whatever this one suffers. */
  private void abandon(FileChannel channel, long size) {
    active = null;
    try (channel) {
      channel.truncate(size);
    } catch (IOException e) {
      // What can't be taken back is written again with the same numbers, and read once.
      return;
    }
  }

  private static long first(Path path) {
    return Long.parseLong(path.getFileName().toString().substring(0, 19));
  }
}
