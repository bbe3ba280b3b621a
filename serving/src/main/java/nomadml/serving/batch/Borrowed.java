package nomadml.serving.batch;

import java.util.List;
import nomadml.serving.input.Tensor;

/** A network that somebody else closes. */
public record Borrowed(Network network) implements Network {
  @Override
  public Tensor forward(List<Tensor> parts) throws NetworkException {
    return network.forward(parts);
  }

  @Override
  public String device() {
    return network.device();
  }

  @Override
  public void close() {}
}
