package nomadml.scheduler;

import java.util.List;
import org.apache.http.config.RegistryBuilder;
import org.apache.http.conn.socket.ConnectionSocketFactory;
import org.apache.http.conn.socket.PlainConnectionSocketFactory;
import org.apache.http.conn.util.PublicSuffixMatcher;
import org.apache.http.impl.client.HttpClientBuilder;
import org.apache.http.impl.conn.PoolingHttpClientConnectionManager;

/**
 * HTTP without TLS and cookies: loading certificates and cookie rules that nobody asks for takes a
 * fifth of a short command's time.
 */
public final class PlainHttp {
  private PlainHttp() {}

  /** A client's builder that knows {@code http} alone, with so many connections at once. */
  public static HttpClientBuilder builder(int connections) {
    PoolingHttpClientConnectionManager manager =
        new PoolingHttpClientConnectionManager(
            RegistryBuilder.<ConnectionSocketFactory>create()
                .register("http", PlainConnectionSocketFactory.INSTANCE)
                .build());
    manager.setDefaultMaxPerRoute(connections);
    manager.setMaxTotal(connections);
    return HttpClientBuilder.create()
        .setConnectionManager(manager)
        .setPublicSuffixMatcher(new PublicSuffixMatcher(List.of(), List.of()))
        .disableCookieManagement();
  }
}
