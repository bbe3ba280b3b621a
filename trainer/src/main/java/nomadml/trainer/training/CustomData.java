package nomadml.trainer.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nomadml.spec.ContentDigest;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.DataSets;
import nomadml.trainer.data.Tokenizer;
import nomadml.trainer.extension.Examples;

/** What an extension read, split and hashed as other data is. */
final class CustomData {
  private CustomData() {}

  static DataSet read(Path folder, Train job, Extensions extensions) throws IOException {
    Path location = folder.resolve(job.data().path());
    if (!Files.exists(location)) {
      throw TrainingFailure.dataMissing(
          "train.data.path: there is no %s (looked in %s)"
              .formatted(job.data().path(), folder.toAbsolutePath()),
          "check the path: it is relative to the job file");
    }
    Examples examples = extensions.read(location, job.data());
    float[] targets;
    List<String> classes = List.of();
    if (examples.targets() instanceof Examples.Classes labels) {
      targets = new float[labels.rows()];
      for (int row = 0; row < targets.length; row++) {
        targets[row] = labels.labels()[row];
      }
      classes = labels.names();
    } else {
      targets = ((Examples.Numbers) examples.targets()).values();
    }
    Examples.Content content = examples.content();
    return DataSets.split(
        features(content),
        shape(content),
        columns(content),
        targets,
        classes,
        job,
        digest(location));
  }

  private static DataSet.Features features(Examples.Content content) {
    if (content instanceof Examples.Table table) {
      return new DataSet.Numbers(table.values());
    }
    if (content instanceof Examples.Pixels pixels) {
      return new DataSet.Pixels(pixels.values());
    }
    Examples.Tokens tokens = (Examples.Tokens) content;
    String first =
        Arrays.stream(tokens.ids(), 0, tokens.sequenceLength())
            .filter(id -> id != Tokenizer.PADDING)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(" "));
    return new DataSet.Tokens(
        tokens.ids(), first, Tokenizer.ofIds(tokens.sequenceLength(), tokens.vocabulary()));
  }

  private static List<Integer> shape(Examples.Content content) {
    return content instanceof Examples.Pixels pixels
        ? List.of(pixels.channels(), pixels.height(), pixels.width())
        : List.of(content.each());
  }

  private static List<Column> columns(Examples.Content content) {
    return content instanceof Examples.Table table
        ? table.columns().stream()
            .map(name -> new Column(name, Column.Kind.NUMBER, List.of(), false, false))
            .toList()
        : List.of();
  }

  private static String digest(Path location) throws IOException {
    if (Files.isRegularFile(location)) {
      return Sha256.of(location);
    }
    List<Path> files;
    try (Stream<Path> tree = Files.walk(location)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    Map<String, String> digests = new HashMap<>();
    for (Path file : files) {
      digests.put(location.relativize(file).toString(), Sha256.of(file));
    }
    return ContentDigest.ofFolder(digests);
  }
}
