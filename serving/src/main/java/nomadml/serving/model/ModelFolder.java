package nomadml.serving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import nomadml.serving.ServingFailure;
import nomadml.serving.input.ElementType;
import nomadml.serving.input.Features;
import nomadml.trainer.export.Preprocessing;

/**
 * A model as it lies on the disk: one of our trainer's, of MLflow's PyTorch flavor, or a folder
 * with a TorchScript file.
 *
 * @param network the TorchScript file
 * @param flat whether each row's outputs are one list, as our loader gives them
 * @param frames whether the answer to a data frame is a data frame, as MLflow's PyTorch flavor
 *     gives it
 * @param classes in the order of the outputs; empty for what is no classification of ours
 * @param shares of the classes among the training rows; empty when nobody knows
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record ModelFolder(
    Path folder,
    Path network,
    Features features,
    boolean flat,
    boolean frames,
    List<String> classes,
    float[] shares) {
  /** What a caller would send, as MLflow keeps it. */
  private static final String EXAMPLE = "serving_input_example.json";

  private static final String PREPROCESSING = "preprocessing.json";

  /** Reads what the folder says of itself; {@link ServingFailure} when it can't be served. */
  public static ModelFolder read(Path folder) throws IOException {
    if (Files.isRegularFile(folder)) {
      return foreign(Objects.requireNonNull(folder.toAbsolutePath().getParent()), folder);
    }
    if (Files.exists(folder.resolve(PREPROCESSING))) {
      return own(folder);
    }
    return foreign(folder, torchScript(folder));
  }

  private static ModelFolder own(Path folder) throws IOException {
    Preprocessing described = Preprocessing.read(folder);
    int[] shape = described.inputShape().stream().mapToInt(Integer::intValue).toArray();
    Features features =
        switch (described.input()) {
          case "text" -> new Features.Texts(described.readTokenizer());
          case "images" -> new Features.Numbers(ElementType.FLOAT32, shape, described.scale());
          default -> new Features.Table(described.columns(), true);
        };
    return new ModelFolder(
        folder,
        folder.resolve("data/model.pth"),
        features,
        true,
        false,
        described.classes(),
        described.classShares());
  }

  private static ModelFolder foreign(Path folder, Path network) throws IOException {
    Signature signature = Signature.read(folder);
    return new ModelFolder(
        folder, network, signature.features(), false, signature.frames(), List.of(), new float[0]);
  }

  /** The one there is. */
  private static Path torchScript(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder)) {
      files =
          tree.filter(Files::isRegularFile)
              .filter(file -> file.getFileName().toString().matches(".*\\.(pt|pth|ts)"))
              .sorted()
              .toList();
    }
    if (files.size() != 1) {
      throw ServingFailure.usage(
          "%s holds %d TorchScript files, and one is needed".formatted(folder, files.size()),
          "log a torch.jit.ScriptModule, or name the .pt file itself");
    }
    return files.get(0);
  }

  /** A request to warm up with, where the folder has one. */
  public byte[] example() throws IOException {
    Path file = folder.resolve(EXAMPLE);
    return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
  }
}
