package nomadml.trainer.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.training.Prediction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code trainer predict}: what a trained model says about new examples. */
@Command(
    name = "predict",
    description = {
      "Prints a model's predictions as one JSON object: classes (none for a regression) and, for each"
          + " row, the probability of each class or the predicted value.",
      "Exit codes: 0 predicted, 2 the model folder or the input can't be used, 1 anything else."
    })
final class PredictCommand implements Callable<Integer> {
  @Option(
      names = "--model-folder",
      required = true,
      description = "The model/ folder of a finished run.")
  private Path modelFolder;

  @Option(
      names = "--input",
      required = true,
      description =
          "A CSV file with the model's columns; an image or a folder of images; a file with a text on"
              + " each line (.gz too); or JSON such as serving_input_example.json of the model folder.")
  private Path input;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = command.commandLine().getErr();
    try {
      if (!Files.exists(input)) {
        throw TrainingFailure.dataMissing(
            "there is no " + input, "name a CSV file, images, a file of texts or a JSON file");
      }
      predict(command.commandLine().getOut());
      return ExitCode.DONE.number();
    } catch (TrainingFailure e) {
      err.printf("%s%nhint: %s%n", e.getMessage(), e.hint());
      return ExitCode.USAGE.number();
    }
  }

  private void predict(PrintWriter out) throws IOException {
    Prediction prediction = new Prediction(modelFolder);
    JsonGenerator json = Json.MAPPER.createGenerator(out);
    json.writeStartObject();
    json.writeObjectField("classes", prediction.preprocessing().classes());
    json.writeArrayFieldStart("predictions");
    prediction.run(
        input,
        outputs -> {
          json.writeStartArray();
          for (float output : outputs) {
            json.writeNumber(output);
          }
          json.writeEndArray();
        });
    json.writeEndArray();
    json.writeEndObject();
    json.flush();
    out.println();
    out.flush();
  }
}
