package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import nomadml.spec.Train;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int IMAGES = 200;
  private NDManager manager;

  @BeforeEach
  void start() {
    Engine engine = Pytorch.start(1);
    manager = NDManager.newBaseManager("PyTorch");
    engine.setRandomSeed(1);
  }

  @AfterEach
  void end() {
    manager.close();
  }

  @Test
  void mirrorsAboutHalfOfTheImages() throws IOException {
    NDArray images = manager.arange(6).reshape(1, 1, 2, 3).repeat(0, IMAGES);
    NDArray changed = new Augmentation(manager, new Train.Augmentation(true, 0, 0)).apply(images);
    int mirrored = 0;
    for (int i = 0; i < IMAGES; i++) {
      float[] image = changed.get(i).toType(DataType.FLOAT32, true).toFloatArray();
      mirrored += image[0] == 2 ? 1 : 0;
      assertThat(image).isIn(new float[] {0, 1, 2, 3, 4, 5}, new float[] {2, 1, 0, 5, 4, 3});
    }
    assertThat(mirrored).isBetween(70, 130);
  }

  @Test
  void movesPixelsByAsMuchAsItMay() throws IOException {
    NDArray images = manager.zeros(new Shape(IMAGES, 2, 7, 9), DataType.UINT8);
    images.set(new ai.djl.ndarray.index.NDIndex(":, :, 3, 4"), 200);
    NDArray changed = new Augmentation(manager, new Train.Augmentation(false, 2, 0)).apply(images);
    assertThat(changed.getShape()).isEqualTo(images.getShape());
    assertThat(changed.getDataType()).isEqualTo(DataType.UINT8);
    Set<Integer> rows = new TreeSet<>();
    Set<Integer> columns = new TreeSet<>();
    for (int i = 0; i < IMAGES; i++) {
      long where =
          changed.get(i).get(1).flatten().toType(DataType.FLOAT32, true).argMax().getLong();
      rows.add((int) (where / 9));
      columns.add((int) (where % 9));
    }
    assertThat(rows).containsExactly(1, 2, 3, 4, 5);
    assertThat(columns).containsExactly(2, 3, 4, 5, 6);
  }

  @Test
  void turnsWithoutChangingSizesOfThings() throws IOException {
    NDArray images = manager.zeros(new Shape(IMAGES, 1, 21, 31));
    images.set(new ai.djl.ndarray.index.NDIndex(":, :, 8:13, 10:21"), 1);
    float before = images.sum().getFloat() / IMAGES;
    NDArray changed = new Augmentation(manager, new Train.Augmentation(false, 0, 30)).apply(images);
    assertThat(changed.sum().getFloat() / IMAGES).isCloseTo(before, within(before * 0.05f));
    assertThat(changed.get(0)).isNotEqualTo(changed.get(1));
  }

  @Test
  void followsFromTheSeed() throws IOException {
    Augmentation all = new Augmentation(manager, new Train.Augmentation(true, 3, 15));
    NDArray images = manager.randomUniform(0, 255, new Shape(8, 3, 16, 16));
    Engine.getEngine("PyTorch").setRandomSeed(7);
    NDArray first = all.apply(images);
    Engine.getEngine("PyTorch").setRandomSeed(7);
    assertThat(all.apply(images).toFloatArray()).isEqualTo(first.toFloatArray());
    assertThat(all.apply(images).toFloatArray()).isNotEqualTo(first.toFloatArray());
  }
}
