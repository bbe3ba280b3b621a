package example;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import nomadml.trainer.extension.DataSetProvider;
import nomadml.trainer.extension.Examples;
import nomadml.trainer.extension.Options;

/** Square grey images, one a line of a gzip-compressed CSV file: its pixels, then its class. */
public final class PixelTable implements DataSetProvider {
  @Override
  public String name() {
    return "pixel_table";
  }

  @Override
  public Examples read(Path location, Options options) throws IOException {
    int side = options.whole("side", 8);
    int brightest = options.whole("brightest", 255);
    List<String[]> lines = lines(location, side * side + 1);
    List<String> classes =
        List.copyOf(new TreeSet<>(lines.stream().map(line -> line[side * side]).toList()));
    byte[] pixels = new byte[lines.size() * side * side];
    int[] labels = new int[lines.size()];
    for (int row = 0; row < labels.length; row++) {
      for (int i = 0; i < side * side; i++) {
        int value = Integer.parseInt(lines.get(row)[i]) * 255 / brightest;
        pixels[row * side * side + i] = (byte) value;
      }
      labels[row] = classes.indexOf(lines.get(row)[side * side]);
    }
    return new Examples(
        new Examples.Pixels(1, side, side, pixels), new Examples.Classes(classes, labels));
  }

  private static List<String[]> lines(Path file, int columns) throws IOException {
    List<String[]> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      reader.readLine(); // The columns' names.
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String[] cells = line.split(",", -1);
        if (cells.length != columns) {
          throw new IOException(
              "line %d has %d columns, not %d".formatted(lines.size() + 2, cells.length, columns));
        }
        lines.add(cells);
      }
    }
    return lines;
  }
}
