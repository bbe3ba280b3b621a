package nomadml.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.RealImages;
import nomadml.trainer.Sentences;
import nomadml.trainer.training.LoadingEngine;
import nomadml.trainer.training.Reporter;
import nomadml.trainer.training.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PredictCommandTest {
  private static final String TABLE =
      "size,colour,big,y\n" + "1,red,true,p\n,blue,,q\n3,red,false,q\n4,,true,p\n".repeat(10);

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void takesColumnsInAnyOrderAndCellsOfAnyKind() throws IOException {
    trainTable();
    Path csv = write("new.csv", "extra,colour,size,big\nx,red,1.0,True\ny,,NA,\nz,green,3,false\n");
    Path json =
        write(
            "new.json",
            """
            {"dataframe_split": {"columns": ["size", "colour", "big"], "data":
              [[1, "red", true], [null, null, null], [3.0, "green", 0]]}}
            """);
    JsonNode ofCsv = predict(csv);
    JsonNode ofJson = predict(json);
    assertThat(ofCsv.get("classes")).extracting(JsonNode::asText).containsExactly("p", "q");
    assertThat(ofCsv.get("predictions")).hasSize(3).isEqualTo(ofJson.get("predictions"));
    for (JsonNode row : ofCsv.get("predictions")) {
      assertThat(row.get(0).asDouble() + row.get(1).asDouble()).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void takesTheExampleOfTheModelFolder() throws IOException {
    trainTable();
    assertThat(predict(folder.resolve("model/serving_input_example.json")).get("predictions"))
        .hasSize(1);
  }

  @Test
  void takesImages() throws IOException {
    RealImages.folders(folder.resolve("digits"), 64);
    train(
        Jobs.digits()
            .with(Jobs.data("{format: images, path: digits, validation_split: 0, image_size: 16}"))
            .with(Jobs.model(Train.Architecture.LENET, null)));
    JsonNode ofFolder = predict(folder.resolve("digits/0")).get("predictions");
    assertThat(ofFolder).isNotEmpty();
    assertThat(predict(folder.resolve("model/serving_input_example.json")).get("predictions"))
        .hasSize(1);
    JsonNode alone = predict(folder.resolve("digits/0/0.png")).at("/predictions/0");
    assertThat(alone).hasSize(ofFolder.get(0).size());
    for (int i = 0; i < alone.size(); i++) { // a batch of another size may take another kernel
      assertThat(alone.get(i).asDouble())
          .isCloseTo(ofFolder.at("/0/" + i).asDouble(), within(1e-6));
    }
  }

  @Test
  void takesTexts() throws IOException {
    trainTexts();
    Path lines = write("new.txt", "\uFEFFthe cat then a dog\n\nquite so, dog \"cat\"\r\n");
    JsonNode ofLines = predict(lines);
    assertThat(ofLines.get("classes")).extracting(JsonNode::asText).containsExactly("cat", "dog");
    assertThat(ofLines.get("predictions")).hasSize(3);
    assertThat(ofLines.at("/predictions/0")).isNotEqualTo(ofLines.at("/predictions/2"));
    for (JsonNode row : ofLines.get("predictions")) {
      assertThat(row.get(0).asDouble() + row.get(1).asDouble()).isCloseTo(1, within(1e-6));
    }
    String three = "\"the cat then a dog\", \"\", \"quite so, dog \\\"cat\\\"\"";
    for (String request :
        List.of(
            "{\"dataframe_split\": {\"columns\": [\"text\"], \"data\": [[%s]]}}"
                .formatted(three.replace("\", \"", "\"], [\"")),
            "{\"inputs\": [%s]}".formatted(three),
            "{\"inputs\": {\"text\": [%s]}}".formatted(three),
            "{\"instances\": [%s]}".formatted(three))) {
      assertThat(predict(write("new.json", request))).isEqualTo(ofLines);
    }
    JsonNode alone =
        predict(write("new.json", "{\"dataframe_records\": [{\"text\": \"the cat then a dog\"}]}"));
    assertThat(alone.at("/predictions/0/0").asDouble())
        .isCloseTo(ofLines.at("/predictions/0/0").asDouble(), within(1e-6));
  }

  @Test
  void takesTheExampleTextOfTheModelFolder() throws IOException {
    trainTexts();
    assertThat(predict(folder.resolve("model/serving_input_example.json")).get("predictions"))
        .hasSize(1);
  }

  @Test
  void saysWhichTextsCanNotBeUsed() throws IOException {
    trainTexts();
    refuses(
        write("a.json", "{}"), "has no dataframe_split, dataframe_records, inputs or instances");
    refuses(write("b.json", "{\"inputs\": [\"a\", 7]}"), "b.json row 2 is not one text: 7");
    refuses(
        write("c.json", "{\"dataframe_split\": {\"data\": [[\"a\", \"b\"]]}}"),
        "c.json row 1 is not one text: [\"a\",\"b\"]");
    refuses(write("d.txt", ""), "d.txt has no texts");
    refuses(write("e.json", "{\"inputs\": []}"), "e.json has no texts");
    refuses(write("f.txt.gz", "a\n"), "is not gzip though its name ends in .gz");
    refuses(write("g.json", "a text"), "g.json is not JSON");
  }

  @Test
  void saysWhatCanNotBeUsed() throws IOException {
    trainTable();
    refuses(write("a.csv", "size,color,big\n1,red,true\n"), "no column \"colour\"");
    assertThat(err.toString()).contains("did you mean \"color\"?");
    refuses(
        write("b.csv", "size,colour,big\nmany,red,true\n"),
        "line 2 column \"size\" is not a number: \"many\"");
    refuses(write("c.json", "{}"), "has no dataframe_split");
    refuses(folder.resolve("none.csv"), "there is no");
    assertThat(call(folder, write("d.csv", "a\n1\n"))).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("is no model folder");
  }

  private void trainTable() throws IOException {
    Files.writeString(folder.resolve("t.csv"), TABLE);
    train(Jobs.digits().with(Jobs.csv("t.csv", "y")).with(Jobs.mlp(4)));
  }

  private void trainTexts() throws IOException {
    Sentences.write(folder.resolve("texts.tsv"), 64);
    train(
        Jobs.digits()
            .with(Jobs.data("{format: text, path: texts.tsv, text: {sequence_length: 24}}"))
            .with(Jobs.model("{type: transformer, width: 16, layers: 1, heads: 2}")));
  }

  private void train(Jobs job) throws IOException {
    Clock clock = Clock.systemUTC();
    Training.Folders folders =
        new Training.Folders(folder, folder.resolve("checkpoints"), folder.resolve("model"));
    try (Reporter reporter = new Reporter(clock, line -> {})) {
      new Training(
              job.epochs(1).build(), folders, reporter, () -> false, clock, LoadingEngine.begin())
          .run();
    }
  }

  private void refuses(Path input, String message) {
    assertThat(call(folder.resolve("model"), input)).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains(message, "hint: ");
  }

  private JsonNode predict(Path input) throws IOException {
    out.getBuffer().setLength(0);
    assertThat(call(folder.resolve("model"), input)).as(err.toString()).isZero();
    return Json.MAPPER.readTree(out.toString());
  }

  private int call(Path model, Path input) {
    return new CommandLine(new PredictCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err, true))
        .execute("--model-folder", model.toString(), "--input", input.toString());
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
