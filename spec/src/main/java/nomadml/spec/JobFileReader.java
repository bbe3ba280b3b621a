package nomadml.spec;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads job files, with every default filled in, or tells everything that is wrong with one. */
public final class JobFileReader {
  private JobFileReader() {}

  /**
   * Reads a file and checks that the local files it names are there.
   *
   * @param overrides each {@code path=value}, applied in order before anything is checked
   */
  public static JobFile read(Path file, List<String> overrides) throws JobFileException {
    String source = file.toString();
    Problems problems = new Problems();
    Position whole = Position.of(source);
    String text = "";
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      problems.add(whole, "there is no such file");
    } catch (CharacterCodingException e) {
      problems.add(whole, "is no UTF-8 text");
    } catch (IOException e) {
      String reason = Files.isDirectory(file) ? "is a folder" : "can't be read: " + e.getMessage();
      problems.add(whole, reason);
    }
    problems.refuse();
    return read(text, source, file.toAbsolutePath().getParent(), overrides);
  }

  /** Reads a text; {@code source} is what problems call it. */
  public static JobFile read(String text, String source, List<String> overrides)
      throws JobFileException {
    return read(text, source, null, overrides);
  }

  private static JobFile read(
      String text, String source, @Nullable Path folder, List<String> overrides)
      throws JobFileException {
    Problems problems = new Problems();
    Yaml document = new YamlParser(problems, source, true).parse(text);
    if (document == null) {
      problems.refuse();
      problems.add(Position.of(source), "is empty", "start with name: and train:");
      problems.refuse();
    }
    if (!(document instanceof Yaml.Mapping written)) {
      problems.add(
          Position.of(source),
          "must be a block of fields, not " + (document == null ? "empty" : document.found()));
      problems.refuse();
      throw new AssertionError("a problem is refused");
    }
    Yaml.Mapping mapping = new Overrides(problems).apply(overrides, written);
    RecordReader reader = new RecordReader(problems);
    JobFile job = reader.read(JobFile.class, mapping, "");
    new JobFileRules(problems, reader, mapping.position(), folder).check();
    problems.refuse();
    return job;
  }
}
