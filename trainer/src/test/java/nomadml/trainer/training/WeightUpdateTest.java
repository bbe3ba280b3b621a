package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three steps down the parabola of one weight, from 1; PyTorch's optimizers come to these values.
 */
class WeightUpdateTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "sgd, 0, 0, 0, 0.7290000",
    "sgd, 0.9, 0, 0, 0.4860000",
    "sgd, 0, 0.1, 0, 0.7169173",
    "sgd, 0, 0, 0.5, 0.9250001",
    "sgd, 0, 0, 4, 0.7290000",
    "adam, 0, 0, 0, 0.8503117",
    "adam, 0, 2.5, 0, 0.8503117",
    "adamw, 0, 2.5, 0, 0.5396163",
    "rmsprop, 0, 0, 0, 0.1548437",
    "rmsprop, 0.9, 0.1, 0, -0.7037709",
    "adagrad, 0, 0, 0, 0.8879107",
    "adagrad, 0, 0.1, 0, 0.8879107",
  })
  void movesAsPytorchDoes(String type, double momentum, double decay, double clip, double expected)
      throws IOException {
    Train job =
        Jobs.digits()
            .set(
                "optimizer.type=" + type,
                "optimizer.momentum=" + momentum,
                "optimizer.weight_decay=" + decay,
                "optimizer.clip_norm=" + clip)
            .build();
    assertThat(afterThreeSteps(job)).isCloseTo(expected, within(2e-6));
  }

  @Test
  void leavesOutAStepWhoseScaledGradientsAreNotFinite() throws IOException {
    Train job = Jobs.digits().set("precision=float16", "optimizer.type=sgd").build();
    Pytorch.start(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      PtNDArray weight = (PtNDArray) manager.create(new float[] {1});
      weight.setRequiresGradient(true);
      WeightUpdate update =
          new WeightUpdate(
              manager,
              new Kernels(manager, WeightUpdate.kernels(job)),
              job,
              Map.of("weight", weight));
      JniUtils.setGradMode(true);
      update.collect(weight.mul(1e35f));
      update.apply(0.05);
      assertThat(weight.getFloat(0)).isEqualTo(1);
      update.collect(weight.mul(2));
      update.apply(0.05);
      assertThat(weight.getFloat(0)).isCloseTo(0.9f, within(1e-6f));
      Path file = folder.resolve("optimizer");
      update.write(file);
      assertThat(scale(manager, file)).isEqualTo(32768);
    }
  }

  private static float scale(NDManager manager, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return NDList.decode(manager, in).get("scaling.factor").getFloat();
    }
  }

  private static double afterThreeSteps(Train job) throws IOException {
    Pytorch.start(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      PtNDArray weight = (PtNDArray) manager.create(new float[] {1});
      weight.setRequiresGradient(true);
      WeightUpdate update =
          new WeightUpdate(
              manager,
              new Kernels(manager, WeightUpdate.kernels(job)),
              job,
              Map.of("weight", weight));
      for (int step = 0; step < 3; step++) {
        JniUtils.setGradMode(true);
        update.collect(weight.mul(weight));
        update.apply(0.05);
      }
      return weight.getFloat(0);
    }
  }
}
