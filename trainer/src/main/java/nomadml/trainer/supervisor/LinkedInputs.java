package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import nomadml.spec.Input;

/** Without a cluster the inputs lie on this machine: they are linked to. */
public final class LinkedInputs implements InputSource {
  @Override
  public void fetch(Input input, Path target) throws IOException {
    Path source = Path.of(input.source());
    if (!Files.isRegularFile(source)) {
      throw new NoSuchFileException(source.toString());
    }
    Files.createSymbolicLink(target, source.toAbsolutePath());
  }
}
