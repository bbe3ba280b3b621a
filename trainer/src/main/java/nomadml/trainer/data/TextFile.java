package nomadml.trainer.data;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/**
 * A file of lines, read once as a stream; gzip when its name ends in {@code .gz}.
 *
 * @param name what problems call it
 */
record TextFile(Path file, String name) {

  /** Gets each line, counted from 1. */
  @FunctionalInterface
  interface Lines {
    void line(String line, int number);
  }

  /** Reads all lines; answers the file's SHA-256. */
  String read(Lines lines) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream raw =
        new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest)) {
      parse(
          new BufferedReader(new InputStreamReader(unpacked(raw), StandardCharsets.UTF_8)), lines);
      raw.transferTo(OutputStream.nullOutputStream()); // What follows is part of the checksum.
    } catch (ZipException e) {
      throw TrainingFailure.userError(
          "%s is not gzip though its name ends in .gz: %s".formatted(name, e.getMessage()),
          "rename it to end in .txt, or pack it with gzip");
    }
    return Sha256.hex(digest);
  }

  private InputStream unpacked(InputStream raw) throws IOException {
    return file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
  }

  private static void parse(BufferedReader reader, Lines lines) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (number == 1 && line.startsWith("\uFEFF")) {
        line = line.substring(1); // Editors write a byte order mark.
      }
      lines.line(line, number);
    }
  }
}
