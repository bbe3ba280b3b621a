package nomadml.serving.cli;

import nomadml.serving.batch.Admission;
import nomadml.serving.http.ActiveModel;
import nomadml.serving.http.State;
import nomadml.serving.metrics.ServingMetrics;

/** What is looked up at each scrape. */
record Gauges(State state, Admission admission, ActiveModel first) {
  void register(ServingMetrics metrics) {
    double started = System.currentTimeMillis() / 1000.0;
    ServingMetrics.Current current = () -> state.identity(first.identity());
    metrics.gauge(
        "serving_queue_rows", "Rows that wait or are being answered.", current, admission::rows);
    metrics.gauge("serving_queue_limit_rows", "Rows that may wait.", current, admission::limit);
    metrics.gauge(
        "serving_in_flight_requests",
        "Requests without their answer yet.",
        current,
        state::inFlight);
    metrics.gauge(
        "serving_start_timestamp_seconds",
        "When the server began to serve.",
        current,
        () -> started);
  }
}
