package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiFunction;
import nomadml.trainer.network.ModuleBuilder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our pooling is PyTorch's, bit for bit, where pixels are equal too. */
class PoolingTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"28, 28", "10, 10", "7, 9", "2, 3"})
  void isPytorchsPooling(int height, int width) throws IOException {
    float[] pixels = new float[3 * 2 * height * width];
    Random random = new Random(1);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextInt(4) - 1.5f;
    }
    Shape shape = new Shape(3, 2, height, width);
    float[][] ours = pooled(pixels, shape, ModuleBuilder::halvedByMaximum);
    float[][] theirs = pooled(pixels, shape, (module, input) -> module.maximumPool(input, 2, 2, 0));
    assertThat(ours[0]).hasSize(3 * 2 * (height / 2) * (width / 2)).isEqualTo(theirs[0]);
    assertThat(ours[1]).isEqualTo(theirs[1]);
  }

  /** The result, and the gradient of its sum weighed by its own values. */
  private float[][] pooled(
      float[] pixels, Shape shape, BiFunction<ModuleBuilder, String, String> pooling)
      throws IOException {
    Pytorch.start(1);
    ModuleBuilder module = new ModuleBuilder(1);
    float[] ones = new float[pixels.length];
    Arrays.fill(ones, 1);
    String weight = module.parameter("weight", ones, shape.getShape());
    String result = pooling.apply(module, module.add("torch.mul(x, %s)", weight));
    Path file = folder.resolve("pooling.pt");
    module.write(file, result, "logits");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Network network = Network.load(manager, file, true)) {
      network.trainingMode();
      NDArray output = network.logits(manager.create(pixels, shape));
      NDArray one = manager.ones(new Shape());
      JniUtils.backward((PtNDArray) output.mul(output).sum(), (PtNDArray) one, false, false);
      PtNDArray trained = network.parameters().values().iterator().next();
      return new float[][] {output.toFloatArray(), JniUtils.getGradient(trained).toFloatArray()};
    }
  }
}
