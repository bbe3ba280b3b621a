package nomadml.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/**
 * A CSV file with a header, read once as a stream; gzip when its name ends in {@code .gz}.
 *
 * @param name what problems call it
 */
record CsvFile(Path file, String name) {

  /** Gets the header, then each row. */
  interface Rows {
    void header(List<String> names);

    void row(String[] cells, int line);
  }

  /** Reads all rows, of which there must be one; answers the file's SHA-256. */
  String read(Rows rows) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream raw =
        new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest)) {
      try (Reader text = new InputStreamReader(unpacked(raw), StandardCharsets.UTF_8)) {
        parse(text, rows);
        raw.transferTo(OutputStream.nullOutputStream());
      }
    } catch (ZipException e) {
      throw TrainingFailure.userError(
          "%s is not gzip though its name ends in .gz: %s".formatted(name, e.getMessage()),
          "rename it to end in .csv, or pack it with gzip");
    }
    return Sha256.hex(digest);
  }

  private InputStream unpacked(InputStream raw) throws IOException {
    return file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
  }

  private void parse(Reader text, Rows rows) throws IOException {
    try (MappingIterator<String[]> cells =
        CsvMapper.builder()
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE) // What follows is part of the checksum.
            .build()
            .readerFor(String[].class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .with(CsvParser.Feature.SKIP_EMPTY_LINES)
            .with(CsvParser.Feature.TRIM_SPACES)
            .readValues(text)) {
      if (!cells.hasNextValue()) {
        throw empty();
      }
      List<String> header = header(cells.nextValue());
      rows.header(header);
      if (!cells.hasNextValue()) {
        throw empty();
      }
      while (cells.hasNextValue()) {
        int line = cells.getCurrentLocation().getLineNr();
        String[] row = cells.nextValue();
        if (row.length != header.size()) {
          throw TrainingFailure.userError(
              "%s line %d has %d cells, the header has %d"
                  .formatted(name, line, row.length, header.size()),
              "give every row as many cells as the header, or quote cells that hold a comma");
        }
        rows.row(row, line);
      }
    } catch (RuntimeJsonMappingException | JsonProcessingException e) {
      throw TrainingFailure.userError(
          "%s is not a CSV file: %s"
              .formatted(name, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          "check its quotes and separators: cells are separated by commas");
    }
  }

  private TrainingFailure empty() {
    return TrainingFailure.userError(
        name + " has no rows", "the file needs a header line and at least one row of data");
  }

  private List<String> header(String[] cells) {
    if (cells.length > 0 && cells[0].startsWith("\uFEFF")) {
      cells[0] = cells[0].substring(1); // Spreadsheets write a byte order mark.
    }
    Set<String> seen = new HashSet<>();
    for (String cell : cells) {
      if (!seen.add(cell)) {
        throw TrainingFailure.userError(
            "%s has two columns named \"%s\"".formatted(name, cell),
            "give every column a name of its own");
      }
    }
    return List.copyOf(Arrays.asList(cells));
  }
}
