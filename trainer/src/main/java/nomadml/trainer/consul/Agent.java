package nomadml.trainer.consul;

import com.ecwid.consul.ConsulException;
import com.ecwid.consul.v1.ConsulClient;
import com.ecwid.consul.v1.ConsulRawClient;
import com.ecwid.consul.v1.OperationException;
import com.ecwid.consul.v1.QueryParams;
import com.ecwid.consul.v1.health.HealthServicesRequest;
import com.ecwid.consul.v1.health.model.HealthService;
import com.ecwid.consul.v1.kv.model.GetValue;
import com.ecwid.consul.v1.kv.model.PutParams;
import com.ecwid.consul.v1.session.model.NewSession;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.impl.client.HttpClientBuilder;
import org.apache.http.message.BasicHeader;
import org.jspecify.annotations.Nullable;

/**
 * The node's Consul agent: every call is bounded in time, and what fails is an {@link IOException}
 * that says where.
 */
final class Agent {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final QueryParams DEFAULT = QueryParams.DEFAULT;

  private final URI address;
  private final ConsulClient client;

  private Agent(URI address, ConsulClient client) {
    this.address = address;
    this.client = client;
  }

  /** The agent the environment names, with the token and certificates of HashiCorp's tools. */
  static Agent of(Map<String, String> environment) throws IOException {
    URI address = ConsulAddress.of(environment);
    RequestConfig timeouts =
        RequestConfig.custom()
            .setConnectTimeout(TIMEOUT_MILLIS)
            .setConnectionRequestTimeout(TIMEOUT_MILLIS)
            .setSocketTimeout(TIMEOUT_MILLIS)
            .build();
    HttpClientBuilder http =
        HttpClientBuilder.create()
            .setDefaultRequestConfig(timeouts)
            .disableAutomaticRetries()
            .disableCookieManagement();
    String token = Credentials.token(environment);
    if (!token.isEmpty()) {
      http.setDefaultHeaders(List.of(new BasicHeader("X-Consul-Token", token)));
    }
    if (address.getScheme().equals("https")) {
      http.setSSLSocketFactory(Credentials.socketFactory(environment));
    }
    ConsulRawClient raw =
        ConsulRawClient.Builder.builder()
            .setHost(address.getScheme() + "://" + address.getHost())
            .setPort(address.getPort())
            .setHttpClient(http.build())
            .build();
    return new Agent(address, new ConsulClient(raw));
  }

  URI address() {
    return address;
  }

  /** Instances whose checks pass, the nearest first. */
  List<HealthService> passing(String service) throws IOException {
    HealthServicesRequest request =
        HealthServicesRequest.newBuilder()
            .setPassing(true)
            .setNear("_agent")
            .setQueryParams(DEFAULT)
            .build();
    return call(() -> client.getHealthServices(service, request).getValue());
  }

  Optional<GetValue> read(String key) throws IOException {
    return call(() -> Optional.ofNullable(client.getKVValue(key).getValue()));
  }

  /** Writes a value when the key has not been written since it was read; 0 when there was none. */
  boolean compareAndSwap(String key, String value, long index) throws IOException {
    PutParams condition = new PutParams();
    condition.setCas(index);
    return call(() -> client.setKVValue(key, value, condition).getValue());
  }

  /** Locks a key; false when another session holds it. */
  boolean acquire(String key, String value, String session) throws IOException {
    PutParams lock = new PutParams();
    lock.setAcquireSession(session);
    return call(() -> client.setKVValue(key, value, lock).getValue());
  }

  /** Unlocks a key without the delay that a dead session causes. */
  void release(String key, String value, String session) throws IOException {
    PutParams unlock = new PutParams();
    unlock.setReleaseSession(session);
    call(() -> client.setKVValue(key, value, unlock).getValue());
  }

  String createSession(NewSession session) throws IOException {
    return call(() -> client.sessionCreate(session, DEFAULT).getValue());
  }

  /** Keeps a session alive; false when there is none any more. */
  boolean renew(String session) throws IOException {
    try {
      client.renewSession(session, DEFAULT);
      return true;
    } catch (OperationException e) {
      if (e.getStatusCode() == 404) {
        return false;
      }
      throw failure(e);
    } catch (ConsulException e) {
      throw failure(e);
    }
  }

  void destroy(String session) throws IOException {
    call(() -> client.sessionDestroy(session, DEFAULT));
  }

  private <T> T call(Supplier<T> request) throws IOException {
    try {
      return request.get();
    } catch (ConsulException e) {
      throw failure(e);
    }
  }

  private IOException failure(ConsulException e) {
    if (e instanceof OperationException refused && refused.getStatusCode() == 403) {
      return new IOException(
          "Consul at %s denies: %s\nhint: set CONSUL_HTTP_TOKEN to a token that may read services, write keys and make sessions"
              .formatted(address, reason(refused.getStatusContent())),
          e);
    }
    @Nullable Throwable cause = e.getCause();
    String reason =
        e instanceof OperationException refused
            ? refused.getStatusCode() + " " + reason(refused.getStatusContent())
            : String.valueOf(cause == null ? e : cause);
    return new IOException(
        "Consul at %s can't be asked: %s%s".formatted(address, reason, hint(e)), e);
  }

  private String hint(ConsulException e) {
    if (e instanceof OperationException) {
      return "";
    }
    return address.getScheme().equals("https")
        ? "\nhint: CONSUL_CACERT names who signed its certificate, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY the one it may ask for"
        : "\nhint: its agent must run on this node, or CONSUL_HTTP_ADDR name another";
  }

  private static String reason(@Nullable String content) {
    return content == null ? "" : content.strip();
  }
}
