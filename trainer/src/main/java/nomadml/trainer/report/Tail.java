package nomadml.trainer.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nomadml.spec.Json;

/** The end of a spool that no server has yet, as a file that travels with a checkpoint. */
final class Tail {
  static final String NAME = "spool-tail.jsonl";
  private static final int CHUNK = 500;

  private Tail() {}

  /** Takes some entries of a file. */
  interface Receiver {
    void receive(List<Entry> entries) throws IOException;
  }

  static void write(Spool spool, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      long after = spool.acknowledged();
      for (List<Line> lines = spool.read(after, CHUNK);
          !lines.isEmpty();
          lines = spool.read(after, CHUNK)) {
        for (Line line : lines) {
          out.write(Json.MAPPER.writeValueAsString(line));
          out.newLine();
          after = line.number();
        }
      }
    }
  }

  /** Reads a file, so many entries at a time; lines that can't be read are left out. */
  static void read(Path file, int most, Receiver receiver) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<Entry> entries = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        try {
          entries.add(Json.MAPPER.readValue(text, Line.class).entry());
        } catch (JsonProcessingException e) {
          continue;
        }
        if (entries.size() == most) {
          receiver.receive(entries);
          entries.clear();
        }
      }
    }
    receiver.receive(entries);
  }
}
