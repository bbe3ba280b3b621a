package nomadml.serving.batch;

import nomadml.serving.input.Tensor;

/** How a request's rows ended. */
public sealed interface Outcome {
  /** The network's outputs. */
  record Answered(Tensor outputs) implements Outcome {}

  /** Nobody waits for it any more. */
  record Expired() implements Outcome {}

  /** The network could not answer. */
  record Failed(NetworkException reason) implements Outcome {}
}
