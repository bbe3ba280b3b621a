package nomadml.trainer.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The number of the last entry a server has, in a file that is replaced as a whole. */
final class Acknowledged {
  private final Path file;

  Acknowledged(Path file) {
    this.file = file;
  }

  /** 0 when there is none. What a server gets again because of that has no other effect. */
  long read() throws IOException {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (NoSuchFileException | NumberFormatException e) {
      return 0;
    }
  }

  void write(long number) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, Long.toString(number));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
