package nomadml.trainer.sources;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A place that data or a model comes from. A call that failed may be made again: it goes on with
 * what it left in the folder, or begins anew.
 *
 * <p>Throws {@link nomadml.trainer.TrainingFailure} or {@link java.nio.file.NoSuchFileException}
 * when time changes nothing, any other {@link IOException} when it may be tried again.
 */
@FunctionalInterface
public interface Source {
  /** The name of a single file in the folder it is fetched into. */
  String FILE = "content";

  /**
   * Fetches all files below a folder that exists; a source of one file names it {@link #FILE}. What
   * is not whole yet ends with {@code .part}.
   */
  void fetch(Path folder) throws IOException;
}
