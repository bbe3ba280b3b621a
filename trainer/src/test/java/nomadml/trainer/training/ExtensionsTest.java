package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.trainer.Jobs;
import nomadml.trainer.TrainingFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtensionsTest {
  private static final String MODEL =
      """
      import nomadml.trainer.extension.*;
      import nomadml.trainer.network.ModuleBuilder;
      public class Mine implements ModelProvider {
        public String name() { return "wide"; }
        public String build(ModuleBuilder m, String input, Shape data, Options options) {
          int hidden = options.whole("hidden", 32);
          String flat = m.flatten(input);
          String deep = m.relu(m.linear(flat, data.width(), hidden));
          return m.sum(m.linear(flat, data.width(), data.outputs()),
              m.linear(deep, hidden, data.outputs()));
        }
      }
      """;
  private static final String READER =
      """
      import java.nio.file.*;
      import java.util.*;
      import nomadml.trainer.extension.*;
      public class Mine implements DataSetProvider {
        public String name() { return "squares"; }
        public Examples read(Path location, Options options) {
          int rows = options.whole("rows", 100);
          byte[] pixels = new byte[rows * 16];
          int[] labels = new int[rows];
          for (int row = 0; row < rows; row++) {
            labels[row] = row % 2;
            Arrays.fill(pixels, row * 16, row * 16 + 16, (byte) (row % 2 * 200));
          }
          return new Examples(new Examples.Pixels(1, 4, 4, pixels),
              new Examples.Classes(List.of("dark", "light"), labels));
        }
      }
      """;
  private static final String METRIC =
      """
      import nomadml.trainer.extension.*;
      public class Mine implements MetricProvider {
        public String name() { return "certainty"; }
        public boolean higherIsBetter() { return true; }
        public double measure(float[][] outputs, float[] targets) {
          double sum = 0;
          for (int row = 0; row < targets.length; row++) {
            sum += outputs[row][(int) targets[row]] / targets.length;
          }
          return sum;
        }
      }
      """;

  /** Twice as many of the first words as of the second in class 0, and the other way round. */
  private static final String TEXTS =
      """
      import java.nio.file.*;
      import java.util.*;
      import nomadml.trainer.extension.*;
      public class Mine implements DataSetProvider {
        public String name() { return "texts"; }
        public Examples read(Path location, Options options) {
          int[] ids = new int[120 * 6];
          int[] labels = new int[120];
          for (int row = 0; row < 120; row++) {
            labels[row] = row % 2;
            for (int i = 0; i < 5; i++) {
              ids[row * 6 + i] = ((row + i) % 3 == 0 ? 1 - row % 2 : row % 2) * 5 + 2 + row % 4;
            }
          }
          return new Examples(new Examples.Tokens(6, 12, ids),
              new Examples.Classes(List.of("some", "others"), labels));
        }
      }
      """;

  /** Three times one column less the other, and how far a prediction is from it in the mean. */
  private static final String LINE =
      """
      import java.nio.file.*;
      import java.util.*;
      import nomadml.trainer.extension.*;
      public class Mine implements DataSetProvider, MetricProvider {
        public String name() { return "line"; }
        public Examples read(Path location, Options options) {
          float[] values = new float[400];
          float[] targets = new float[200];
          Random random = new Random(1);
          for (int row = 0; row < 200; row++) {
            values[2 * row] = random.nextFloat();
            values[2 * row + 1] = random.nextFloat();
            targets[row] = 100 + 30 * values[2 * row] - 10 * values[2 * row + 1];
          }
          return new Examples(new Examples.Table(List.of("a", "b"), values),
              new Examples.Numbers(targets));
        }
        public boolean higherIsBetter() { return false; }
        public double measure(float[][] outputs, float[] targets) {
          double sum = 0;
          for (int row = 0; row < targets.length; row++) {
            sum += Math.abs(outputs[row][0] - targets[row]) / targets.length;
          }
          return sum;
        }
      }
      """;

  @TempDir private Path folder;

  @Test
  void trainsAModelAndResumesIt() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL);
    Trained whole = Trained.run(job().epochs(4), folder, folder.resolve("whole"));
    Trained first = Trained.run(job().epochs(2), folder, folder.resolve("parts"));
    Trained second = Trained.run(job().epochs(4), folder, folder.resolve("parts"));
    assertThat(first.losses()).isEqualTo(whole.losses().subList(0, 2));
    assertThat(second.losses()).isEqualTo(whole.losses().subList(2, 4));
    assertThat(whole.end("validation_accuracy")).isGreaterThan(0.8);
    assertThat(whole.folder().resolve("model/MLmodel")).exists();
  }

  @Test
  void beginsAnewWhenTheJarOrItsOptionsChanged() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL);
    Trained.run(job().epochs(1), folder, folder);
    Trained other = Trained.run(job().epochs(1).set("model.options.hidden=8"), folder, folder);
    assertThat(other.of(Progress.Kind.RESUMED)).isEmpty();
    jar("mine.jar", "ModelProvider", MODEL.replace("relu", "gelu"));
    Trained built = Trained.run(job().epochs(1).set("model.options.hidden=8"), folder, folder);
    assertThat(built.of(Progress.Kind.RESUMED)).isEmpty();
  }

  @Test
  void readsADataSet() throws IOException {
    jar("mine.jar", "DataSetProvider", READER);
    Files.writeString(folder.resolve("source"), "any");
    Trained trained = Trained.run(squares(), folder, folder.resolve("run"));
    assertThat(trained.end("validation_accuracy")).isEqualTo(1);
    assertThat(Files.readString(trained.folder().resolve("model/MLmodel"))).contains("[-1,1,4,4]");
  }

  @Test
  void readsTexts() throws IOException {
    jar("mine.jar", "DataSetProvider", TEXTS);
    Files.writeString(folder.resolve("source"), "any");
    Jobs job =
        squares().set("data.name=texts", "model.type=lstm", "model.hidden=null", "epochs=10");
    Trained trained = Trained.run(job, folder, folder.resolve("run"));
    assertThat(trained.end("validation_accuracy")).isEqualTo(1);
  }

  @Test
  void measuresARegressionInItsOwnUnits() throws IOException {
    jar("mine.jar", "DataSetProvider", LINE);
    jar("metric.jar", "MetricProvider", LINE);
    Files.writeString(folder.resolve("source"), "any");
    Jobs job =
        squares()
            .set("data.name=line", "extensions=[\"mine.jar\", \"metric.jar\"]", "epochs=30")
            .set("custom_metrics=[\"line\"]", "early_stopping.metric=validation_line")
            .set("early_stopping.patience=30");
    Trained trained = Trained.run(job, folder, folder.resolve("run"));
    double error = trained.end("validation_line");
    assertThat(error).isLessThan(3).isCloseTo(trained.end("validation_mae"), within(1e-4));
  }

  @Test
  void refusesADataSetThatDoesNotFitTogether() throws IOException {
    jar("mine.jar", "DataSetProvider", READER.replace("rows * 16]", "rows * 16 + 1]"));
    Files.writeString(folder.resolve("source"), "any");
    assertThat(failure(squares())).hasMessageContaining("need 1600 values, and there are 1601");
  }

  @Test
  void watchesAMetric() throws IOException {
    jar("mine.jar", "MetricProvider", METRIC);
    Trained trained = Trained.run(watching(), folder, folder);
    List<Double> values =
        trained.losses().stream().map(epoch -> epoch.get("validation_certainty")).toList();
    assertThat(values).hasSize(3).allMatch(value -> value > 0 && value < 1).isSorted();
    assertThat(trained.end("validation_certainty")).isEqualTo(values.get(2));
  }

  @Test
  void refusesAMetricThatIsNoNumber() throws IOException {
    jar("mine.jar", "MetricProvider", METRIC.replace("return sum", "return 0 / 0.0"));
    assertThat(failure(watching())).hasMessage("metric certainty of train.extensions answers NaN");
  }

  @Test
  void refusesAMetricNamedAsOneOfOurs() throws IOException {
    jar("mine.jar", "MetricProvider", METRIC.replace("certainty", "loss"));
    assertThat(failure(plain().set("custom_metrics=[\"loss\"]")))
        .hasMessageContaining("is a metric of the trainer's own");
  }

  @Test
  void namesWhatIsKnownWhenANameIsNot() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL);
    TrainingFailure failure = failure(job().set("model.name=wied"));
    assertThat(failure).hasMessage("train.model.name: no extension brings \"wied\"");
    assertThat(failure.hint()).contains("wide");
  }

  @Test
  void refusesAMissingJar() throws IOException {
    assertThat(failure(job())).hasMessage("train.extensions: there is no file mine.jar");
  }

  @Test
  void refusesWhatIsNoJar() throws IOException {
    Files.writeString(folder.resolve("mine.jar"), "not a zip");
    assertThat(failure(job())).hasMessageContaining("mine.jar is no jar");
  }

  @Test
  void refusesAJarWithoutAProvider() throws IOException {
    jar("mine.jar", "SomethingElse", MODEL);
    assertThat(failure(job())).hasMessageContaining("brings no model, data set or metric");
  }

  @Test
  void refusesAProviderThatCannotBeMade() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL.replace("Mine implements", "Other implements"), "Other");
    assertThat(failure(job())).hasMessageContaining("a ModelProvider can't be loaded");
  }

  @Test
  void refusesAProviderThatThrows() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL);
    assertThat(failure(job().set("model.options.hidden=\"many\"")))
        .hasMessageContaining("option hidden must be a whole number, not many");
  }

  @Test
  void refusesAModelOfTheWrongWidth() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL.replace("data.outputs()", "3"));
    assertThat(failure(job())).hasMessageContaining("puts out (2, 3), but (2, 10) is needed");
  }

  @Test
  void refusesAModelThatIsNoTorchScript() throws IOException {
    jar("mine.jar", "ModelProvider", MODEL.replace("return m.sum(", "return m.add(\"torch.no\"+"));
    assertThat(failure(job())).hasMessageContaining("what wide builds is no TorchScript");
  }

  private Jobs plain() throws IOException {
    Files.copy(
        Jobs.EXAMPLES.resolve("data/digits.csv.gz"),
        folder.resolve("digits.csv.gz"),
        StandardCopyOption.REPLACE_EXISTING);
    return Jobs.digits().set("data.path=digits.csv.gz", "extensions=[\"mine.jar\"]", "epochs=3");
  }

  private Jobs job() throws IOException {
    return plain().set("model.type=custom", "model.name=wide");
  }

  private Jobs squares() throws IOException {
    return plain()
        .set("data.format=custom", "data.name=squares", "data.path=source", "data.label=null");
  }

  private Jobs watching() throws IOException {
    return plain()
        .set("custom_metrics=[\"certainty\"]", "early_stopping.metric=validation_certainty")
        .set("early_stopping.patience=2", "early_stopping.minimum_change=0");
  }

  private TrainingFailure failure(Jobs job) {
    TrainingFailure failure =
        Objects.requireNonNull(
            catchThrowableOfType(
                TrainingFailure.class, () -> Trained.run(job, folder, folder.resolve("run"))));
    assertThat(failure.failureCause()).isEqualTo(FailureCause.USER_ERROR);
    assertThat(failure.hint()).isNotBlank();
    return failure;
  }

  private void jar(String name, String port, String source) throws IOException {
    jar(name, port, source, "Mine");
  }

  /** Compiles one class; the service file names Mine whatever it is called. */
  private void jar(String name, String port, String source, String type) throws IOException {
    Path code = Files.createDirectories(folder.resolve("code"));
    Path file = Files.writeString(code.resolve(type + ".java"), source);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-proc:none",
                "-d",
                code.toString(),
                file.toString());
    assertThat(result).isZero();
    try (OutputStream out = Files.newOutputStream(folder.resolve(name));
        JarOutputStream jar = new JarOutputStream(out);
        Stream<Path> classes = Files.list(code)) {
      for (Path path : classes.filter(one -> one.toString().endsWith(".class")).toList()) {
        jar.putNextEntry(new JarEntry(path.getFileName().toString()));
        Files.copy(path, jar);
      }
      jar.putNextEntry(new JarEntry("META-INF/services/nomadml.trainer.extension." + port));
      jar.write("Mine\n".getBytes(StandardCharsets.UTF_8));
    }
  }
}
