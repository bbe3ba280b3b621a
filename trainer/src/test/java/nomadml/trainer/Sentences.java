package nomadml.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Sentences whose class follows from the order of two words, not from which words there are. */
public final class Sentences {
  private static final String[] FILLERS = {"the", "a", "then", "very", "often", ",", "quite", "so"};

  private Sentences() {}

  /** A file of {@code label<TAB>text}, of sentences of 4 to 16 words. */
  public static void write(Path file, int count) {
    Random random = new Random(5);
    StringBuilder lines = new StringBuilder();
    for (int row = 0; row < count; row++) {
      boolean catFirst = random.nextBoolean();
      lines.append(catFirst ? "cat" : "dog").append('\t');
      int filler = 2 + random.nextInt(14);
      int first = random.nextInt(filler);
      int second = first + 1 + random.nextInt(filler - first);
      for (int i = 0; i <= filler; i++) {
        if (i == first) {
          lines.append(catFirst ? "Cat " : "Dog ");
        }
        if (i == second) {
          lines.append(catFirst ? "dog " : "cat ");
        }
        lines.append(FILLERS[random.nextInt(FILLERS.length)]).append(' ');
      }
      lines.append(".\n");
    }
    try {
      Files.writeString(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
