package nomadml.trainer.consul;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import nomadml.spec.Json;

/** What the attempt key holds. */
@JsonIgnoreProperties(ignoreUnknown = true)
record AttemptRecord(int attempt, String allocation, long trainedSeconds) {
  static final AttemptRecord NONE = new AttemptRecord(0, "", 0);

  String toJson() {
    try {
      return Json.MAPPER.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // A record of plain values.
    }
  }

  static AttemptRecord parse(String json) throws JsonProcessingException {
    return Json.MAPPER.readValue(json, AttemptRecord.class);
  }
}
