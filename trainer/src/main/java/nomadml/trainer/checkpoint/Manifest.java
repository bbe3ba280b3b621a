package nomadml.trainer.checkpoint;

import java.util.Map;

/**
 * What a complete checkpoint holds; written last.
 *
 * @param signature of the job, its data and its network: a checkpoint of another one is not resumed
 *     from
 * @param files by name
 */
record Manifest(int format, String signature, TrainingState state, Map<String, FileEntry> files) {
  static final String NAME = "manifest.json";
  static final int FORMAT = 1;

  /** A file's size and SHA-256 in hex. */
  record FileEntry(long bytes, String sha256) {}
}
