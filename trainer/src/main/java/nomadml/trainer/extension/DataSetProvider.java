package nomadml.trainer.extension;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads a data set that a job file asks for by {@code train.data: {format: custom, name: …}}. Found
 * by {@link java.util.ServiceLoader}, as {@link ModelProvider} is. The trainer brings the data to
 * the node, hashes it, splits it and standardises it by the training rows.
 */
public interface DataSetProvider {
  /** What {@code train.data.name} says; no two of a job have the same. */
  String name();

  /**
   * Reads everything, in the same order each time. Whatever it throws fails the run with the cause
   * {@code user_error} and the exception's message.
   *
   * @param location the file or folder of {@code train.data.path}, which is there
   * @param options {@code train.data.options}
   */
  Examples read(Path location, Options options) throws IOException;
}
