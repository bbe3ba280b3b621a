package nomadml.scheduler.consul;

import com.ecwid.consul.ConsulException;
import com.ecwid.consul.v1.ConsulClient;
import com.ecwid.consul.v1.ConsulRawClient;
import com.ecwid.consul.v1.OperationException;
import com.ecwid.consul.v1.QueryParams;
import com.ecwid.consul.v1.catalog.CatalogServicesRequest;
import com.ecwid.consul.v1.health.HealthServicesRequest;
import com.ecwid.consul.v1.health.model.Check;
import com.ecwid.consul.v1.health.model.HealthService;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import nomadml.scheduler.PlainHttp;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.context.Server;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.spec.ExitCode;
import org.apache.http.client.HttpClient;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.conn.ssl.DefaultHostnameVerifier;
import org.apache.http.impl.client.HttpClientBuilder;

/** The services of a Consul. */
public final class ConsulDirectory implements ServiceDirectory {
  private static final int CONNECT_MILLISECONDS = 3_000;
  private static final int READ_MILLISECONDS = 10_000;
  private static final int CONNECTIONS = 4;

  private final Server server;
  private final ConsulClient client;

  private ConsulDirectory(Server server, ConsulClient client) {
    this.server = server;
    this.client = client;
  }

  /** Connects on the first question. */
  public static ConsulDirectory at(Server server) {
    URI address = server.address();
    boolean https = address.getScheme().equals("https");
    int port = address.getPort() >= 0 ? address.getPort() : https ? 443 : 80;
    ConsulRawClient raw =
        ConsulRawClient.Builder.builder()
            .setHost((https ? "https://" : "http://") + address.getHost())
            .setPort(port)
            .setHttpClient(httpClient(server))
            .build();
    return new ConsulDirectory(server, new ConsulClient(raw));
  }

  private static HttpClient httpClient(Server server) {
    boolean https = server.address().getScheme().equals("https");
    HttpClientBuilder builder =
        (https ? HttpClientBuilder.create() : PlainHttp.builder(CONNECTIONS))
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectTimeout(CONNECT_MILLISECONDS)
                    .setConnectionRequestTimeout(CONNECT_MILLISECONDS)
                    .setSocketTimeout(READ_MILLISECONDS)
                    .build());
    if (https) {
      server.tls().context(server.source()).ifPresent(builder::setSSLContext);
      String named = server.tls().serverName();
      if (server.tls().skipVerify()) {
        builder.setSSLHostnameVerifier((host, session) -> true);
      } else if (named != null) {
        builder.setSSLHostnameVerifier(
            (host, session) -> new DefaultHostnameVerifier().verify(named, session));
      }
    }
    return builder.build();
  }

  /** Also {@code tag.service}, as in Consul's own names. */
  @Override
  public Optional<URI> find(String service) {
    int dot = service.indexOf('.');
    String name = service.substring(dot + 1);
    String tag = dot < 0 ? null : service.substring(0, dot);
    HealthServicesRequest.Builder request =
        HealthServicesRequest.newBuilder().setPassing(true).setToken(server.token());
    if (tag != null) {
      request.setTag(tag);
    }
    return call(() -> client.getHealthServices(name, request.build()).getValue()).stream()
        .map(ConsulDirectory::address)
        .findFirst();
  }

  @Override
  public List<Service> instances(String service) {
    HealthServicesRequest request =
        HealthServicesRequest.newBuilder().setToken(server.token()).build();
    return call(() -> client.getHealthServices(service, request).getValue()).stream()
        .map(instance -> service(service, instance))
        .toList();
  }

  @Override
  public List<Service> services() {
    CatalogServicesRequest all =
        CatalogServicesRequest.newBuilder()
            .setQueryParams(QueryParams.DEFAULT)
            .setToken(server.token())
            .build();
    return call(() -> client.getCatalogServices(all).getValue()).keySet().stream()
        .sorted()
        .flatMap(name -> instances(name).stream())
        .toList();
  }

  void write(String key, String value) {
    call(() -> client.setKVValue(key, value, server.token(), null).getValue());
  }

  /** With everything below it. */
  void delete(String folder) {
    call(() -> client.deleteKVValues(folder, server.token()));
  }

  private static Service service(String name, HealthService instance) {
    return new Service(
        name,
        address(instance),
        instance.getNode().getNode(),
        status(instance),
        instance.getChecks().stream()
            .filter(check -> check.getStatus() != Check.CheckStatus.PASSING)
            .map(check -> String.valueOf(check.getOutput()).strip())
            .collect(Collectors.joining("; ")));
  }

  /** The worst of its checks. */
  private static String status(HealthService instance) {
    return instance.getChecks().stream()
        .map(check -> check.getStatus().name().toLowerCase(Locale.ROOT))
        .reduce("passing", (one, other) -> rank(one) >= rank(other) ? one : other);
  }

  private static int rank(String status) {
    return List.of("passing", "warning").indexOf(status) < 0
        ? 2
        : List.of("passing", "warning").indexOf(status);
  }

  private static URI address(HealthService instance) {
    HealthService.Service service = instance.getService();
    String host =
        service.getAddress() == null || service.getAddress().isEmpty()
            ? instance.getNode().getAddress()
            : service.getAddress();
    boolean https =
        (service.getMeta() != null && "https".equals(service.getMeta().get("scheme")))
            || (service.getTags() != null && service.getTags().contains("https"));
    return URI.create(
        (https ? "https" : "http")
            + "://"
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + service.getPort());
  }

  private <T> T call(Supplier<T> question) {
    try {
      return question.get();
    } catch (OperationException e) {
      boolean denied = e.getStatusCode() == 401 || e.getStatusCode() == 403;
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "Consul at " + server + " answers " + e.getStatusCode() + ": " + e.getStatusContent(),
          denied
              ? "set CONSUL_HTTP_TOKEN to a token that may read services, and write keys below nomad-ml/gateway/ to deploy"
              : null,
          e);
    } catch (ConsulException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "can't reach Consul at " + server + ": " + root(e).getMessage(),
          hint(root(e)),
          e);
    }
  }

  private String hint(Throwable cause) {
    boolean secured = server.address().getScheme().equals("https");
    if (secured && isEndedByIt(cause)) {
      return "CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY name the certificate it may ask for";
    }
    return cause instanceof GeneralSecurityException || cause instanceof SSLException
        ? "CONSUL_CACERT names who signed its certificate, CONSUL_TLS_SERVER_NAME the name in it; http:// or https:// in CONSUL_HTTP_ADDR says which it speaks"
        : "is it running? CONSUL_HTTP_ADDR and --consul name another one";
  }

  /** What a server does that misses a certificate; its reason gets lost when it is quick. */
  private static boolean isEndedByIt(Throwable cause) {
    return (cause instanceof SocketException && !(cause instanceof ConnectException))
        || (cause instanceof SSLException
            && String.valueOf(cause.getMessage()).matches("(?s).*(required|bad_certificate).*"));
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
