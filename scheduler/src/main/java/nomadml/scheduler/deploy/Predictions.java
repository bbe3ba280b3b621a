package nomadml.scheduler.deploy;

import com.fasterxml.jackson.databind.JsonNode;

/** Asks one server, past the gateway. */
public interface Predictions {
  /**
   * What a server answers to rows as CSV: the predictions, one a row. What is not answered by 200
   * is a {@link nomadml.scheduler.SchedulerFailure}.
   *
   * @param address {@code host:port}
   */
  JsonNode ask(String address, String csv);
}
