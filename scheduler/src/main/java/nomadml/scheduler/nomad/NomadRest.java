package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import nomadml.spec.Json;
import org.apache.http.Header;
import org.apache.http.NoHttpResponseException;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPut;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.utils.URIBuilder;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.entity.ContentType;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.util.EntityUtils;

/** The calls that the client library does not know, over its own connections. */
final class NomadRest {
  private static final int HEARTBEATS_MISSED = 15_000;

  private final CloseableHttpClient http;
  private final NomadSettings settings;

  NomadRest(CloseableHttpClient http, NomadSettings settings) {
    this.http = http;
    this.settings = settings;
  }

  /** What a server answered, and the state it had then. */
  record Reply(JsonNode body, long index) {}

  /** A status that is no success. */
  static final class Refused extends IOException {
    private final int status;

    Refused(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }

    /** What a node denies, its server passes on with a status of its own. */
    boolean isDenied() {
      return status == 403 || String.valueOf(getMessage()).contains("Permission denied");
    }
  }

  /** The address of a part of the API. */
  URI uri(Map<String, String> parameters, String... path) {
    List<String> segments = new ArrayList<>(List.of("v1"));
    segments.addAll(List.of(path));
    return address(parameters, segments);
  }

  private URI address(Map<String, String> parameters, List<String> segments) {
    URIBuilder builder = new URIBuilder(settings.address()).setPathSegments(segments);
    parameters.forEach(builder::addParameter);
    if (settings.region() != null) {
      builder.addParameter("region", settings.region());
    }
    try {
      return builder.build();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Reply get(Map<String, String> parameters, String... path) throws IOException {
    try {
      return read(request(parameters, path));
    } catch (NoHttpResponseException e) {
      return read(request(parameters, path)); // The server had just closed an idle connection.
    }
  }

  /** Writes JSON; what the client library does not know. */
  Reply put(Map<String, String> parameters, Object body, String... path) throws IOException {
    HttpPut request = new HttpPut(uri(parameters, path));
    request.setEntity(
        new ByteArrayEntity(Json.MAPPER.writeValueAsBytes(body), ContentType.APPLICATION_JSON));
    authorize(request);
    return read(request);
  }

  /** The ids of the keys with which the servers sign; none when they do not say. */
  Set<String> keys() throws IOException {
    Set<String> ids = new TreeSet<>();
    try {
      read(new HttpGet(address(Map.of(), List.of(".well-known", "jwks.json"))))
          .body()
          .path("keys")
          .forEach(key -> ids.add(key.path("kid").asText()));
    } catch (Refused e) {
      return Set.of();
    }
    return ids;
  }

  /** A read that may wait so long on the server; {@link HttpGet#abort} ends it. */
  HttpGet waiting(Duration patience, Map<String, String> parameters, String... path) {
    HttpGet request = request(parameters, path);
    int timeout = Math.toIntExact(patience.toMillis()) + HEARTBEATS_MISSED;
    request.setConfig(RequestConfig.custom().setSocketTimeout(timeout).build());
    return request;
  }

  Reply read(HttpUriRequest request) throws IOException {
    try (CloseableHttpResponse response = http.execute(request)) {
      check(response);
      Header index = response.getFirstHeader("X-Nomad-Index");
      JsonNode body = Json.MAPPER.readTree(EntityUtils.toByteArray(response.getEntity()));
      return new Reply(
          body == null ? MissingNode.getInstance() : body,
          index == null ? 0 : Long.parseLong(index.getValue()));
    }
  }

  /** A body that goes on as long as the server writes; closing it gives the connection up. */
  InputStream stream(Map<String, String> parameters, String... path) throws IOException {
    HttpGet request = request(parameters, path);
    request.setConfig(RequestConfig.custom().setSocketTimeout(HEARTBEATS_MISSED).build());
    CloseableHttpResponse response = http.execute(request);
    try {
      check(response);
      return new FilterInputStream(response.getEntity().getContent()) {
        @Override
        public void close() throws IOException {
          request.abort();
          response.close();
        }
      };
    } catch (IOException e) {
      response.close();
      throw e;
    }
  }

  private HttpGet request(Map<String, String> parameters, String... path) {
    HttpGet request = new HttpGet(uri(parameters, path));
    authorize(request);
    return request;
  }

  private void authorize(HttpUriRequest request) {
    if (settings.token() != null) {
      request.setHeader("X-Nomad-Token", settings.token());
    }
  }

  private static void check(CloseableHttpResponse response) throws IOException {
    int status = response.getStatusLine().getStatusCode();
    if (status / 100 != 2) {
      String message =
          response.getEntity() == null
              ? response.getStatusLine().getReasonPhrase()
              : EntityUtils.toString(response.getEntity(), StandardCharsets.UTF_8).strip();
      throw new Refused(status, message);
    }
  }
}
