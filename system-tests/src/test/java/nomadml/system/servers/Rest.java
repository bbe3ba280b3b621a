package nomadml.system.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A server's JSON over HTTP, as any client sees it. */
public final class Rest {
  private static final HttpClient HTTP = builder().build();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String base;
  private final HttpClient http;
  private final Map<String, String> headers;

  public Rest(int port) {
    this("http://127.0.0.1:" + port, HTTP, Map.of());
  }

  /** By TLS, with headers such as a token's. */
  Rest(String base, SSLContext tls, Map<String, String> headers) {
    this(base, builder().sslContext(tls).build(), headers);
  }

  private Rest(String base, HttpClient http, Map<String, String> headers) {
    this.base = base;
    this.http = http;
    this.headers = headers;
  }

  private static HttpClient.Builder builder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(5));
  }

  public JsonNode get(String path) {
    return json(bytes(path));
  }

  /** A body as it is; anything but a 2xx answer is thrown with its text. */
  public byte[] bytes(String path) {
    return send(HttpRequest.newBuilder().GET(), path);
  }

  public JsonNode post(String path, Object body) {
    return json(send(HttpRequest.newBuilder().POST(publisher(body)), path));
  }

  void postText(String path, String body) {
    send(HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)), path);
  }

  void putText(String path, String body) {
    send(HttpRequest.newBuilder().PUT(BodyPublishers.ofString(body)), path);
  }

  public JsonNode put(String path, Object body) {
    return json(send(HttpRequest.newBuilder().PUT(publisher(body)), path));
  }

  public JsonNode delete(String path) {
    return json(send(HttpRequest.newBuilder().DELETE(), path));
  }

  /** A value made safe for a path or a query. */
  public static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static HttpRequest.BodyPublisher publisher(Object body) {
    try {
      return BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] send(HttpRequest.Builder request, String path) {
    headers.forEach(request::header);
    try {
      HttpResponse<byte[]> response =
          http.send(
              request
                  .uri(URI.create(base + path))
                  .timeout(Duration.ofSeconds(30))
                  .header("Content-Type", "application/json")
                  .build(),
              BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw new IllegalStateException(
            base
                + path
                + " answered "
                + response.statusCode()
                + ": "
                + new String(response.body(), StandardCharsets.UTF_8));
      }
      return response.body();
    } catch (IOException e) {
      throw new UncheckedIOException(base + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(byte[] body) {
    try {
      return body.length == 0 ? MissingNode.getInstance() : JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
