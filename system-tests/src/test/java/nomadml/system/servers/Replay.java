package nomadml.system.servers;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Serves the same metrics whenever it is asked, in place of an exporter that can't run here. */
public final class Replay implements AutoCloseable {
  private final HttpServer server;

  private Replay(byte[] metrics) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, metrics.length);
          exchange.getResponseBody().write(metrics);
          exchange.close();
        });
    server.start();
  }

  /** Serves metrics as a service of the cluster, which it ends with. */
  public static void of(byte[] metrics, String service, Cluster cluster) {
    Replay replay = new Replay(metrics);
    cluster.before(replay::close);
    cluster.consul().registerWithMetrics(service, replay.server.getAddress().getPort(), "/metrics");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
