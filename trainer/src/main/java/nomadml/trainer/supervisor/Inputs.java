package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeoutException;
import nomadml.spec.Input;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;

/** Brings the job's local files to where the job expects them, and believes nothing unchecked. */
final class Inputs {
  private final InputSource source;
  private final Patience patience;

  Inputs(InputSource source, Patience patience) {
    this.source = source;
    this.patience = patience;
  }

  /** Fetches what is not there yet. Throws {@link TrainingFailure} when an input can't be had. */
  void bring(List<Input> inputs, Path folder)
      throws IOException, InterruptedException, Interruption {
    Files.createDirectories(folder);
    for (Input input : inputs) {
      Path target = folder.resolve(input.path()).normalize();
      if (!isWhole(input, target)) {
        bring(input, target);
      }
    }
  }

  private void bring(Input input, Path target)
      throws IOException, InterruptedException, Interruption {
    Files.createDirectories(target.getParent());
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      patience.untilDone(
          "fetch the input " + input.path(),
          () -> {
            Files.deleteIfExists(part);
            source.fetch(input, part);
          });
    } catch (NoSuchFileException e) {
      throw TrainingFailure.dataMissing(
          "the input %s is not there: %s".formatted(input.path(), e.getMessage()),
          "submit the job again from where its files are");
    } catch (TimeoutException e) {
      throw TrainingFailure.dataMissing(
          "the input %s can't be fetched: %s".formatted(input.path(), e.getMessage()),
          "see whether MLflow serves artifacts, then submit the job again");
    }
    if (!isWhole(input, part)) {
      Files.deleteIfExists(part);
      throw TrainingFailure.dataMissing(
          "the input %s is not what was submitted: it should have %d bytes and SHA-256 %s"
              .formatted(input.path(), input.bytes(), input.sha256()),
          "it was changed since; submit the job again");
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean isWhole(Input input, Path file) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == input.bytes()
        && Sha256.of(file).equals(input.sha256());
  }
}
