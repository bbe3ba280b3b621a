package nomadml.trainer.pushgateway;

import io.prometheus.client.exporter.PushGateway;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import nomadml.spec.Metrics;
import nomadml.spec.Names;
import nomadml.trainer.report.Gauges;
import nomadml.trainer.report.Services;
import nomadml.trainer.report.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Gauges on a Pushgateway, a group for each run. Its address is kept until a push fails; when it
 * has moved by then, the push is made again at once.
 */
public final class PushgatewayGauges implements Gauges {
  private static final int TIMEOUT_MILLIS = 5_000;

  private final Services services;
  private @Nullable URI address;

  /** Gauges on the server that is found when it is needed. */
  public PushgatewayGauges(Services services) {
    this.services = services;
  }

  @Override
  public void push(Snapshot snapshot) throws IOException {
    Families families = new Families(snapshot);
    retryWhenMoved(server -> server.push(families, Metrics.JOB, group(snapshot.runId())));
  }

  @Override
  public void delete(String runId) throws IOException {
    retryWhenMoved(server -> server.delete(Metrics.JOB, group(runId)));
  }

  private interface Call {
    void at(PushGateway server) throws IOException;
  }

  private synchronized void retryWhenMoved(Call call) throws IOException {
    URI first = address == null ? services.find(Names.PUSHGATEWAY_SERVICE) : address;
    try {
      call(first, call);
    } catch (IOException e) {
      address = null;
      URI second = services.find(Names.PUSHGATEWAY_SERVICE);
      if (second.equals(first)) {
        throw e;
      }
      call(second, call);
    }
  }

  private void call(URI server, Call call) throws IOException {
    PushGateway gateway = new PushGateway(server.toURL());
    gateway.setConnectionFactory(PushgatewayGauges::connect);
    try {
      call.at(gateway);
      address = server;
    } catch (IOException e) {
      throw new IOException("the Pushgateway at %s: %s".formatted(server, e.getMessage()), e);
    }
  }

  private static HttpURLConnection connect(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    return connection;
  }

  private static Map<String, String> group(String runId) {
    return Map.of(Metrics.RUN_ID, runId);
  }
}
