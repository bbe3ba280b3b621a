package nomadml.trainer.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import nomadml.spec.Json;
import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/** Tells whether a checkpoint belongs to a training: same data, network and optimizer. */
final class Signature {
  /** What may change between two attempts without making another training of it. */
  private static final List<String> FREE =
      List.of("epochs", "early_stopping", "checkpoint", "device", "log_every_steps");

  private Signature() {}

  static String of(Train job, DataSet data) {
    try {
      ObjectNode fields = Json.MAPPER.valueToTree(job);
      fields.remove(FREE);
      fields.put("data_sha256", data.sha256());
      byte[] text = Json.MAPPER.writeValueAsString(fields).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (JsonProcessingException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
