package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Path;
import nomadml.spec.Input;

/** Where inputs come from: the run's artifacts, or this machine. */
@FunctionalInterface
public interface InputSource {
  /** Puts an input at a place that does not exist yet and whose folder does. */
  void fetch(Input input, Path target) throws IOException;
}
