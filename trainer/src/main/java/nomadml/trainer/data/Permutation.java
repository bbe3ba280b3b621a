package nomadml.trainer.data;

import java.util.Random;

/** Full random orders of row numbers (Fisher–Yates). */
public final class Permutation {
  private Permutation() {}

  /**
   * The order of an epoch: a function of the seed and the epoch alone, so that a resumed epoch has
   * the same.
   */
  public static int[] ofEpoch(int[] rows, long seed, int epoch) {
    int[] order = of(rows.length, new Random(seed * 0x9E3779B97F4A7C15L + epoch));
    for (int i = 0; i < order.length; i++) {
      order[i] = rows[order[i]];
    }
    return order;
  }

  static int[] of(int count, Random random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
