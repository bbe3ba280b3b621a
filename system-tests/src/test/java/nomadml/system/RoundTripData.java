package nomadml.system;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import nomadml.system.servers.Repository;

/** Small data sets of every format, and what to predict for, in one folder. */
final class RoundTripData {
  private static final int SIZE = 16;
  private static final int COUNT = 200;

  private final Path folder;

  private RoundTripData(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes {@code digits.csv}, {@code diabetes.csv}, {@code mixed.csv}, {@code texts.tsv}, {@code
   * idx/}, {@code images/} and more.
   */
  static void write(Path folder) throws IOException {
    List<int[]> digits = digits();
    RoundTripData data = new RoundTripData(folder);
    data.tables();
    data.mixed();
    data.texts();
    data.idx(digits);
    data.images(digits);
  }

  private static BufferedReader example(String name) throws IOException {
    return new BufferedReader(
        new InputStreamReader(
            new GZIPInputStream(Files.newInputStream(Repository.file("examples/data/" + name))),
            StandardCharsets.UTF_8));
  }

  private static List<int[]> digits() throws IOException {
    List<int[]> rows = new ArrayList<>();
    try (BufferedReader in = example("digits.csv.gz")) {
      in.readLine();
      while (rows.size() < COUNT) {
        String[] cells = in.readLine().split(",", -1);
        int[] row = new int[cells.length];
        for (int i = 0; i < row.length; i++) {
          row[i] = (int) Double.parseDouble(cells[i]);
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private void tables() throws IOException {
    Files.copy(Repository.file("examples/data/digits.csv.gz"), folder.resolve("digits.csv.gz"));
    Files.copy(Repository.file("examples/data/diabetes.csv"), folder.resolve("diabetes.csv"));
  }

  /** Integers, numbers, truths, words and codes, all but the first with gaps. */
  private void mixed() throws IOException {
    StringBuilder text = new StringBuilder("age,income,member,city,zip,risk\n");
    List<String> cities = List.of("Kyiv", "Łódź", "São Paulo", "");
    for (int row = 0; row < COUNT; row++) {
      String income = row % 9 == 0 ? "NA" : Double.toString(row * 37 % 101 * 12.25);
      String member = row % 11 == 0 ? "" : row % 3 == 0 ? "True" : "False";
      String zip = row % 13 == 0 ? "" : Integer.toString(1000 + row % 6);
      String city = cities.get(row * 7 % 4);
      String risk = (row * 7 % 4 < 2) == (row % 3 == 0) ? "high" : "low";
      text.append(
              String.join(",", Integer.toString(18 + row % 60), income, member, city, zip, risk))
          .append('\n');
    }
    Files.writeString(folder.resolve("mixed.csv"), text);
    Files.writeString(
        folder.resolve("mixed-new.csv"),
        """
        city,zip,age,income,member
        Kyiv,1001,44,100.5,True
        ,,18,,
        Atlantis,9999,70,1e3,False
        Łódź,1005,33,0,True
        """);
  }

  /** Real sentences, and words that show whether both tokenizers read Unicode alike. */
  private void texts() throws IOException {
    String odd = "İstanbul ΟΔΟΣ e\u0301té हिन्दी 你好 it's snake_case—20 °C a\u200bb 😀";
    List<String> lines = new ArrayList<>();
    try (BufferedReader in = example("sotu.tsv.gz")) {
      while (lines.size() < COUNT) {
        lines.add(in.readLine() + " " + odd);
      }
    }
    Files.write(folder.resolve("texts.tsv"), lines);
    List<String> texts =
        List.of(
            odd,
            "",
            "İSTANBUL οδος \u00e9te\u0301 \"quoted\", unknown-words: ǅ ß ﬁ Ⅷ ½ ٣ 👩‍👧",
            "Tonight\tI want to speak about how we move forward. ".repeat(30),
            lines.get(1).substring(lines.get(1).indexOf('\t') + 1));
    Files.write(folder.resolve("texts-new.txt"), texts);
  }

  private void idx(List<int[]> digits) throws IOException {
    Path idx = Files.createDirectories(folder.resolve("idx"));
    try (OutputStream images = Files.newOutputStream(idx.resolve("train-images-idx3-ubyte"));
        OutputStream labels = Files.newOutputStream(idx.resolve("train-labels-idx1-ubyte"))) {
      header(images, 0x803, digits.size(), SIZE, SIZE);
      header(labels, 0x801, digits.size());
      for (int[] digit : digits) {
        for (int i = 0; i < SIZE * SIZE; i++) {
          images.write(pixel(digit, i % SIZE, i / SIZE));
        }
        labels.write(digit[digit.length - 1]);
      }
    }
    request("idx-new.json", digits, 1);
  }

  private void images(List<int[]> digits) throws IOException {
    for (int row = 0; row < digits.size(); row++) {
      int[] digit = digits.get(row);
      BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < SIZE * SIZE; i++) {
        image.setRGB(i % SIZE, i / SIZE, 0x010101 * pixel(digit, i % SIZE, i / SIZE));
      }
      Path file = folder.resolve("images/" + digit[digit.length - 1] + "/" + row + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    request("images-new.json", digits, 3);
  }

  /** The first digits as a request's pixels. */
  private void request(String name, List<int[]> digits, int channels) throws IOException {
    List<String> images = new ArrayList<>();
    for (int[] digit : digits.subList(0, 4)) {
      List<String> lines = new ArrayList<>();
      for (int y = 0; y < SIZE; y++) {
        List<String> line = new ArrayList<>();
        for (int x = 0; x < SIZE; x++) {
          line.add(Integer.toString(pixel(digit, x, y)));
        }
        lines.add(line.toString());
      }
      List<String> planes = new ArrayList<>();
      for (int channel = 0; channel < channels; channel++) {
        planes.add(lines.toString());
      }
      images.add(planes.toString());
    }
    Files.writeString(folder.resolve(name), "{\"inputs\": " + images + "}");
  }

  private static int pixel(int[] digit, int x, int y) {
    return Math.min(255, digit[y / 2 * 8 + x / 2] * 16);
  }

  private static void header(OutputStream out, int... numbers) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    for (int number : numbers) {
      data.writeInt(number);
    }
  }
}
