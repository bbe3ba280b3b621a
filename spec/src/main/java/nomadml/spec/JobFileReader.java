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
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      Problems problems = new Problems();
      problems.add(
          Position.of(source), reason(file, e), "name a job file, such as those in examples/");
      throw problems.exception();
    }
    return read(text, source, file.toAbsolutePath().getParent(), overrides);
  }

  private static String reason(Path file, IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (failure instanceof CharacterCodingException) {
      return "is no UTF-8 text";
    }
    return Files.isDirectory(file) ? "is a folder" : "can't be read: " + failure.getMessage();
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
    if (!(document instanceof Yaml.Mapping written)) {
      if (document != null) {
        String message = "must be a block of fields, not " + document.found();
        problems.add(Position.of(source), message, "start with name: and train:");
      }
      throw problems.exception();
    }
    Yaml.Mapping file = new Overrides(problems).apply(overrides, written);
    RecordReader reader = new RecordReader(problems);
    JobFile job = reader.read(JobFile.class, file, "");
    if (file.entries().get("nomad") instanceof Yaml.Mapping nomad) {
      new NomadBlock(problems).check(nomad, "nomad");
    }
    new JobFileRules(problems, reader, file.position(), folder).check();
    problems.refuse();
    return job;
  }
}
