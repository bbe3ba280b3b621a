package nomadml.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.data.Column;
import nomadml.trainer.export.Preprocessing;
import nomadml.trainer.network.ModuleBuilder;
import nomadml.trainer.network.TorchScriptArchive;
import org.jspecify.annotations.Nullable;

/** Small models, written as the trainer writes them, and as others do. */
public final class Models {
  private static final String MODULE =
      """
      class M(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.M,
            x: Tensor) -> Tensor:
          return %s
      """;

  private Models() {}

  /** Age, colour (blue, red or another) and membership; three classes. */
  public static Path table(Path folder, long seed) throws IOException {
    List<Column> columns =
        List.of(
            new Column("age", Column.Kind.NUMBER, List.of(), false, false),
            new Column("colour", Column.Kind.CATEGORY, List.of("blue", "red"), true, false),
            new Column("member", Column.Kind.BOOLEAN, List.of(), false, false));
    ModuleBuilder module = new ModuleBuilder(seed);
    String input = module.endInput(module.zeroWhereMissing("x"));
    return own(folder, "table", List.of(3), columns, null, module, module.linear(input, 3, 3));
  }

  /** Images of 3 channels and 4 by 4 pixels; three classes. */
  public static Path images(Path folder) throws IOException {
    ModuleBuilder module = new ModuleBuilder(2);
    String input = module.flatten(module.endInput("x"));
    return own(
        folder, "images", List.of(3, 4, 4), List.of(), null, module, module.linear(input, 48, 3));
  }

  /** Texts of up to five words. */
  public static Path texts(Path folder) throws IOException {
    ModuleBuilder module = new ModuleBuilder(3);
    String ids = module.add("torch.to(%s, 6)", module.endInput("x"));
    Preprocessing.Tokenizer tokenizer =
        new Preprocessing.Tokenizer(
            new Train.Text(Train.Tokens.WORDS, 5, 4, 1, true),
            List.of("<padding>", "<unknown>", "good", "bad"));
    return own(folder, "text", List.of(5), List.of(), tokenizer, module, module.linear(ids, 5, 3));
  }

  private static Path own(
      Path folder,
      String input,
      List<Integer> shape,
      List<Column> columns,
      Preprocessing.@Nullable Tokenizer tokenizer,
      ModuleBuilder module,
      String result)
      throws IOException {
    Files.createDirectories(folder.resolve("data"));
    module.write(folder.resolve("data/model.pth"), result, "torch.softmax(logits, 1)");
    Preprocessing preprocessing =
        new Preprocessing(
            input,
            "mlp",
            true,
            1,
            shape,
            columns,
            tokenizer,
            List.of("low", "middle", "high"),
            new float[] {0.5f, 0.25f, 0.25f},
            new float[0],
            new float[0],
            null,
            null);
    Json.MAPPER.writeValue(folder.resolve("preprocessing.json").toFile(), preprocessing);
    return folder;
  }

  /** A module of somebody else: an expression of {@code x}, with no word about its shape. */
  public static Path torchScript(Path folder, String expression) throws IOException {
    Files.createDirectories(folder);
    TorchScriptArchive.write(folder.resolve("model.pt"), MODULE.formatted(expression), Map.of());
    return folder;
  }

  /** The same with a signature, as MLflow writes it. */
  public static Path signed(Path folder, String expression, String inputs) throws IOException {
    torchScript(folder, expression);
    Files.writeString(folder.resolve("MLmodel"), "signature:\n  inputs: '%s'\n".formatted(inputs));
    return folder;
  }
}
