package nomadml.trainer.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.data.DataSet;

/** Tells whether a checkpoint belongs to a training: same data, network and optimizer. */
final class Signature {
  /** What may change between two attempts without making another training of it. */
  private static final List<String> FREE =
      List.of("epochs", "early_stopping", "checkpoint", "device", "log_every_steps");

  private Signature() {}

  /**
   * The signature.
   *
   * @param contents SHA-256 of files that are a part of the training: extensions, a loss
   */
  static String of(Train job, DataSet data, List<String> contents) {
    ObjectNode fields = Json.MAPPER.valueToTree(job);
    fields.remove(FREE);
    ((ObjectNode) fields.get("data")).remove("in_memory");
    fields.put("data_sha256", data.sha256());
    contents.forEach(fields.putArray("contents")::add);
    MessageDigest digest = Sha256.digest();
    digest.update(fields.toString().getBytes(StandardCharsets.UTF_8));
    return Sha256.hex(digest);
  }
}
