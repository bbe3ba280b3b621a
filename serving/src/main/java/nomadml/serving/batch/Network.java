package nomadml.serving.batch;

import java.util.List;
import nomadml.serving.input.Tensor;

/** Answers rows. Any number of threads may ask it at once. */
public interface Network extends AutoCloseable {
  /**
   * One row of outputs for each row, in their order.
   *
   * @param parts whose rows are of one type and shape
   */
  Tensor forward(List<Tensor> parts) throws NetworkException;

  /** Where it computes. */
  String device();

  @Override
  void close();
}
