package nomadml.trainer.checkpoint;

import java.nio.file.Path;

/** A complete checkpoint whose checksums hold. */
public record Checkpoint(Path folder, TrainingState state) {}
