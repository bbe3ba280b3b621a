package nomadml.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;

/** Reads the data set a job file names. */
public final class DataSets {
  private DataSets() {}

  /** Splits what somebody else has read. */
  public static DataSet split(
      DataSet.Features features,
      List<Integer> shape,
      List<Column> columns,
      float[] targets,
      List<String> classes,
      Train job,
      String sha256) {
    Train.Data data = job.data();
    Split split =
        Split.random(targets.length, data.validationSplit(), data.testSplit(), job.seed());
    if (!classes.isEmpty()) {
      split.requireEveryClassInTraining(targets, classes);
    }
    return new DataSet(
        features,
        shape,
        columns,
        targets,
        classes,
        split.train(),
        split.validation(),
        split.test(),
        sha256);
  }

  /**
   * Reads and splits.
   *
   * @param folder what the job file's paths are relative to
   * @param seed of the split
   */
  public static DataSet read(Path folder, Train.Data data, long seed) {
    Path path = folder.resolve(data.path());
    boolean wantsFolder = data.format().isFolder();
    if (!Files.exists(path)) {
      throw TrainingFailure.dataMissing(
          "train.data.path: there is no %s (looked in %s)"
              .formatted(data.path(), folder.toAbsolutePath()),
          "check the path: it is relative to the job file");
    }
    if (Files.isDirectory(path) != wantsFolder) {
      throw TrainingFailure.userError(
          "train.data.path: %s is a %s, and format %s reads a %s"
              .formatted(
                  data.path(),
                  wantsFolder ? "file" : "folder",
                  data.format().name().toLowerCase(Locale.ROOT),
                  wantsFolder ? "folder" : "file"),
          "name a %s or change train.data.format".formatted(wantsFolder ? "folder" : "file"));
    }
    try {
      return switch (data.format()) {
        case CSV -> new CsvReader(path, data).read(seed);
        case IDX -> new IdxReader(path, data).read(seed);
        case TEXT -> new TextReader(path, data).read(seed);
        case IMAGES -> new ImageFolder(path, data).read(seed);
        case CUSTOM -> throw new IllegalArgumentException("an extension reads it");
      };
    } catch (IOException e) {
      throw TrainingFailure.userError(
          "can't read %s: %s".formatted(data.path(), e.getMessage()),
          "check that the file is whole and readable");
    }
  }
}
