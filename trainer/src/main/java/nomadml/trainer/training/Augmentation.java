package nomadml.trainer.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import nomadml.spec.Train;

/**
 * Random changes of a batch of images, on the device: from the engine's random numbers, which the
 * loop seeds for each step.
 */
final class Augmentation {
  private static final String RANDOM =
      "torch.rand([torch.size(x, 0)], dtype=6, layout=0, device=ops.prim.device(x), pin_memory=False)";

  private final Kernels kernels;

  Augmentation(NDManager manager, Train.Augmentation wanted) throws IOException {
    this.kernels = new Kernels(manager, source(wanted));
  }

  /** Images [N, C, H, W] as they came, some of them changed. */
  NDArray apply(NDArray images) {
    return kernels.call("changed", images).head();
  }

  private static String source(Train.Augmentation wanted) {
    List<String> lines = new ArrayList<>();
    if (wanted.flip()) {
      lines.add("chosen = torch.lt(torch.reshape(%s, [-1, 1, 1, 1]), 0.5)".formatted(RANDOM));
      lines.add("x = torch.where(chosen, torch.flip(x, [3]), x)");
    }
    if (wanted.crop() > 0) {
      int margin = wanted.crop();
      lines.add("n = torch.size(x, 0)");
      lines.add("c = torch.size(x, 1)");
      lines.add("h = torch.size(x, 2)");
      lines.add("w = torch.size(x, 3)");
      lines.add("wide = torch.constant_pad_nd(x, [%1$d, %1$d, %1$d, %1$d], 0)".formatted(margin));
      window(lines, "rows", "h", "[-1, 1, h, 1]", margin);
      lines.add(
          "high = torch.gather(wide, 2, torch.expand(rows, [n, c, h, torch.add(w, %d)]))"
              .formatted(2 * margin));
      window(lines, "columns", "w", "[-1, 1, 1, w]", margin);
      lines.add("x = torch.gather(high, 3, torch.expand(columns, [n, c, h, w]))");
    }
    if (wanted.rotation() > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "angle = torch.mul(torch.sub(%s, 0.5), %s)",
              RANDOM,
              2 * Math.toRadians(wanted.rotation())));
      // Pixels are turned by angles, the grid's units are halves of the image's sides.
      lines.add("ratio = torch.div(torch.size(x, 2), torch.size(x, 3))");
      lines.add("none = torch.zeros_like(angle)");
      lines.add(
          "top = torch.stack([torch.cos(angle), torch.mul(torch.neg(torch.sin(angle)), ratio), none], 1)");
      lines.add(
          "bottom = torch.stack([torch.div(torch.sin(angle), ratio), torch.cos(angle), none], 1)");
      lines.add(
          "grid = torch.affine_grid_generator(torch.stack([top, bottom], 1), torch.size(x), False)");
      lines.add("x = torch.grid_sampler(torch.to(x, 6), grid, 0, 0, False)");
    }
    lines.add("return x");
    return "def changed(self: __torch__.M,\n    x: Tensor) -> Tensor:\n"
        + String.join("\n", lines).indent(2);
  }

  /** For each image, which of the padded rows or columns are kept. */
  private static void window(
      List<String> lines, String name, String length, String shape, int margin) {
    lines.add(
        "%s_from = torch.to(torch.floor(torch.mul(%s, %d)), 4)"
            .formatted(name, RANDOM, 2 * margin + 1));
    lines.add(
        "%s_all = torch.arange(%s, dtype=4, layout=0, device=ops.prim.device(x), pin_memory=False)"
            .formatted(name, length));
    lines.add(
        "%1$s = torch.reshape(torch.add(torch.unsqueeze(%1$s_from, 1), %1$s_all), %2$s)"
            .formatted(name, shape));
  }
}
