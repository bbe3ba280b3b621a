package nomadml.trainer.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nomadml.spec.Json;

/** The end of a spool that no server has yet, as a file that travels with a checkpoint. */
final class Tail {
  static final String NAME = "spool-tail.jsonl";
  private static final int CHUNK = 500;

  private Tail() {}

  /** Takes what a file holds, one after the other. */
  interface Receiver {
    void receive(Entry entry) throws IOException;
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

  /** Nothing when there is no file; lines that can't be read are left out. */
  static void read(Path file, Receiver receiver) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        Line line;
        try {
          line = Json.MAPPER.readValue(text, Line.class);
        } catch (JsonProcessingException e) {
          continue;
        }
        receiver.receive(line.entry());
      }
    }
  }
}
