package nomadml.trainer.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * What a model folder says about its input and output, in {@code preprocessing.json}.
 *
 * @param input {@code table}, {@code images} or {@code text}: the module of {@code
 *     code/nomadml_model} that reads it
 * @param model the kind of network
 * @param insideTheModel whether the network standardises its input and answers probabilities or
 *     target units; a user's does what it likes
 * @param scale what pixels of 0–255 are divided by before the network gets them
 * @param inputShape of one example
 * @param columns of a table, each one number
 * @param tokenizer what made ids of texts
 * @param classes in the order of the outputs; empty for regression
 * @param classShares of the training rows that are of each class; empty for regression, and in
 *     files written before there were any
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Preprocessing(
    String input,
    String model,
    boolean insideTheModel,
    float scale,
    List<Integer> inputShape,
    List<Column> columns,
    @Nullable Tokenizer tokenizer,
    List<String> classes,
    float[] classShares,
    float[] mean,
    float[] deviation,
    @Nullable Float targetMean,
    @Nullable Float targetDeviation) {
  /** Takes files without shares. */
  @SuppressWarnings("NullAway") // Jackson gives null for what a file lacks.
  public Preprocessing {
    classShares = classShares == null ? new float[0] : classShares;
  }

  /** Settings and vocabulary, as {@code tokenizer.py} takes them. */
  public record Tokenizer(Train.Text settings, List<String> vocabulary) {
    static Tokenizer of(nomadml.trainer.data.Tokenizer tokenizer) {
      return new Tokenizer(tokenizer.settings(), tokenizer.vocabulary());
    }
  }

  static final String NAME = "preprocessing.json";

  static Preprocessing of(DataSet data, Statistics statistics, Train.Model model) {
    boolean own = model.type() != Train.Architecture.TORCHSCRIPT;
    boolean regression = !data.isClassification();
    return new Preprocessing(
        data.isImages() ? "images" : data.isText() ? "text" : "table",
        model.type().name().toLowerCase(Locale.ROOT),
        own,
        data.isImages() && !own ? 255 : 1,
        data.shape(),
        data.columns(),
        data.features() instanceof DataSet.Tokens tokens ? Tokenizer.of(tokens.tokenizer()) : null,
        data.classes(),
        data.classShares(),
        statistics.mean(),
        statistics.deviation(),
        regression ? statistics.targetMean() : null,
        regression ? statistics.targetDeviation() : null);
  }

  /** Of a model folder that is there. */
  public static Preprocessing read(Path modelFolder) throws IOException {
    Path file = modelFolder.resolve(NAME);
    if (!Files.exists(file)) {
      throw TrainingFailure.dataMissing(
          "%s is no model folder: it has no %s".formatted(modelFolder, NAME),
          "name the model/ folder of a finished run");
    }
    return Json.MAPPER.readValue(file.toFile(), Preprocessing.class);
  }

  /** What makes ids of texts; only a model of texts has it. */
  public nomadml.trainer.data.Tokenizer readTokenizer() {
    Tokenizer written = Objects.requireNonNull(tokenizer, NAME + " has no tokenizer");
    return nomadml.trainer.data.Tokenizer.of(written.settings(), written.vocabulary());
  }

  void write(Path modelFolder) throws IOException {
    Json.MAPPER
        .writerWithDefaultPrettyPrinter()
        .writeValue(modelFolder.resolve(NAME).toFile(), this);
  }
}
