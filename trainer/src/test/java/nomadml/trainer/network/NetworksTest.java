package nomadml.trainer.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import nomadml.trainer.Jobs;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworksTest {
  @ParameterizedTest
  @CsvSource({
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "mobilenet_v2, 3504872",
  })
  void hasAsManyParametersAsTorchvision(String type, long parameters) {
    assertThat(parameters("{type: %s}".formatted(type), images(224))).isEqualTo(parameters);
  }

  @Test
  void takesTheStemByTheSizeOfTheImagesUnlessToldWhich() {
    long large = 3 * 64 * 7 * 7;
    long small = 3 * 64 * 3 * 3;
    assertThat(parameters("{type: resnet18}", images(64))).isEqualTo(11689512 - large + small);
    assertThat(parameters("{type: resnet18, stem: imagenet}", images(64))).isEqualTo(11689512);
    assertThat(parameters("{type: resnet18, stem: cifar}", images(224)))
        .isEqualTo(11689512 - large + small);
  }

  @Test
  void refusesImagesThatLenetMakesNothingOf() {
    assertThatThrownBy(() -> parameters("{type: lenet}", images(11)))
        .isInstanceOf(TrainingFailure.class)
        .hasMessage("lenet needs images of 12×12 pixels or more, these have 11×11");
  }

  private static long parameters(String model, DataSet data) {
    ModuleBuilder module = new ModuleBuilder(1);
    Networks.add(module, "x", data, Jobs.model(model));
    return module.parameterCount();
  }

  private static DataSet images(int size) {
    List<String> classes = IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
    return new DataSet(
        new DataSet.Pixels(new byte[0]),
        List.of(3, size, size),
        List.of(),
        new float[0],
        classes,
        new int[0],
        new int[0],
        new int[0],
        "");
  }
}
