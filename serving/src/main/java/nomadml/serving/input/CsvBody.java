package nomadml.serving.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads CSV with a header, as {@code DataFrame.to_csv} writes it. */
public final class CsvBody {
  private static final ObjectReader CSV =
      new CsvMapper()
          .readerFor(String[].class)
          .with(CsvParser.Feature.WRAP_AS_ARRAY)
          .with(CsvParser.Feature.SKIP_EMPTY_LINES)
          .with(CsvParser.Feature.TRIM_SPACES);

  private CsvBody() {}

  /** The rows of a body. */
  public static Request read(byte[] body, Features features) throws RefusedRequestException {
    Rows rows = Rows.of(features);
    try (MappingIterator<String[]> lines = CSV.readValues(text(body))) {
      if (!lines.hasNextValue()) {
        throw RefusedRequestException.bad("the CSV is empty: a header and rows are needed");
      }
      String[] header = lines.nextValue();
      if (header.length > 0 && header[0].startsWith("\uFEFF")) {
        header[0] = header[0].substring(1); // Spreadsheets write a byte order mark.
      }
      rows.columns(List.of(header));
      while (lines.hasNextValue()) {
        rows.texts(lines.nextValue());
      }
    } catch (CharacterCodingException e) {
      throw RefusedRequestException.bad("the CSV is not UTF-8");
    } catch (RuntimeJsonMappingException | JsonProcessingException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw RefusedRequestException.bad("the body is not CSV: " + Rows.cut(message));
    } catch (IOException e) {
      throw RefusedRequestException.bad(
          "the body is not CSV: " + Rows.cut(String.valueOf(e.getMessage())));
    }
    return new Request(rows.tensor(), true);
  }

  private static String text(byte[] body) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }
}
