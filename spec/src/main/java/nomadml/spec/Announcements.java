package nomadml.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.Map;

/** Who is to be told what of a run, as its tags say it. */
public final class Announcements {
  private Announcements() {}

  /** The tags of a run that nobody has told anything of; none when nobody wants to know. */
  public static Map<String, String> tags(JobFile job) {
    if (job.notifications().isEmpty()) {
      return Map.of();
    }
    try {
      return Map.of(
          Names.TAG_NOTIFY,
          Json.MAPPER.writeValueAsString(job.notifications()),
          Names.TAG_NOTIFY_OPEN,
          "yes");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads them back; none when the tag is not ours. */
  public static List<JobFile.Notification> read(Map<String, String> tags) {
    try {
      return List.of(
          Json.MAPPER.readValue(
              tags.getOrDefault(Names.TAG_NOTIFY, "[]"), JobFile.Notification[].class));
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }
}
