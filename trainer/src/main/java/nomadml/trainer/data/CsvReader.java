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
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/** Reads a CSV file with a header, once, as a stream; gzip when its name ends in {@code .gz}. */
final class CsvReader {
  private final Path file;
  private final Train.Data data;

  CsvReader(Path file, Train.Data data) {
    this.file = file;
    this.data = data;
  }

  /**
   * The table, its label and the split; throws {@link TrainingFailure} for whatever does not fit.
   */
  DataSet read(long seed) throws IOException {
    MessageDigest digest = Sha256.digest();
    CsvTable table;
    try (InputStream raw =
        new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest)) {
      try (Reader text = new InputStreamReader(unpacked(raw), StandardCharsets.UTF_8)) {
        table = parse(text);
        raw.transferTo(OutputStream.nullOutputStream());
      }
    } catch (ZipException e) {
      throw TrainingFailure.userError(
          "%s is not gzip though its name ends in .gz: %s".formatted(data.path(), e.getMessage()),
          "rename it to end in .csv, or pack it with gzip");
    }
    return table.toDataSet(seed, Sha256.hex(digest));
  }

  private InputStream unpacked(InputStream raw) throws IOException {
    return file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
  }

  private CsvTable parse(Reader text) throws IOException {
    try (MappingIterator<String[]> rows =
        CsvMapper.builder()
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE) // What follows is part of the checksum.
            .build()
            .readerFor(String[].class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .with(CsvParser.Feature.SKIP_EMPTY_LINES)
            .with(CsvParser.Feature.TRIM_SPACES)
            .readValues(text)) {
      if (!rows.hasNextValue()) {
        throw empty();
      }
      List<String> header = header(rows.nextValue());
      CsvTable table = new CsvTable(data, header, label(header), features(header), CsvTable.LIMIT);
      while (rows.hasNextValue()) {
        int line = rows.getCurrentLocation().getLineNr();
        table.add(rows.nextValue(), line);
      }
      if (table.rows() == 0) {
        throw empty();
      }
      return table;
    } catch (RuntimeJsonMappingException | JsonProcessingException e) {
      throw TrainingFailure.userError(
          "%s is not a CSV file: %s"
              .formatted(
                  data.path(), String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          "check its quotes and separators: cells are separated by commas");
    }
  }

  private TrainingFailure empty() {
    return TrainingFailure.userError(
        data.path() + " has no rows", "the file needs a header line and at least one row of data");
  }

  private List<String> header(String[] cells) {
    if (cells.length > 0 && cells[0].startsWith("\uFEFF")) {
      cells[0] = cells[0].substring(1); // Spreadsheets write a byte order mark.
    }
    Set<String> seen = new HashSet<>();
    for (String cell : cells) {
      if (!seen.add(cell)) {
        throw TrainingFailure.userError(
            "%s has two columns named \"%s\"".formatted(data.path(), cell),
            "give every column a name of its own");
      }
    }
    return List.copyOf(Arrays.asList(cells));
  }

  private int label(List<String> header) {
    String label = data.label();
    if (label == null) {
      throw TrainingFailure.userError(
          "train.data.label is missing: csv data needs the column to predict",
          "label: " + header.get(header.size() - 1));
    }
    return column(header, label, "label");
  }

  private int[] features(List<String> header) {
    List<String> names =
        data.features().isEmpty()
            ? header.stream().filter(name -> !name.equals(data.label())).toList()
            : data.features();
    if (names.isEmpty()) {
      throw TrainingFailure.userError(
          "%s has no column but the label".formatted(data.path()),
          "bring at least one feature column");
    }
    for (String name : data.categorical()) {
      column(header, name, "categorical");
    }
    return names.stream().mapToInt(name -> column(header, name, "features")).toArray();
  }

  private int column(List<String> header, String name, String field) {
    int index = header.indexOf(name);
    if (index < 0) {
      throw TrainingFailure.userError(
          "train.data.%s names the column \"%s\", which %s does not have"
              .formatted(field, name, data.path()),
          Suggestion.of(name, header));
    }
    return index;
  }
}
