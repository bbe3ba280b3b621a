package nomadml.trainer.s3;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.trainer.LoopbackServer;

/**
 * One bucket, {@code bucket}, of an S3 server in memory, as far as checkpoints and data need it.
 */
final class S3Twin implements AutoCloseable {
  private static final Pattern PREFIX = Pattern.compile("[?&]prefix=([^&]*)");
  private final LoopbackServer server = new LoopbackServer(this::handle);
  private final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();
  private final Map<String, String> digests = new ConcurrentSkipListMap<>();
  private final List<String> stored = new ArrayList<>();
  private volatile String refusal = "";

  Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", server.address().toString(),
        "AWS_ACCESS_KEY_ID", "key",
        "AWS_SECRET_ACCESS_KEY", "topsecret");
  }

  /** Every request is answered 403 with this code from now on. */
  void refuse(String code) {
    refusal = code;
  }

  Map<String, byte[]> objects() {
    return objects;
  }

  /** The keys in the order they were stored in. */
  synchronized List<String> stored() {
    return List.copyOf(stored);
  }

  @Override
  public void close() {
    server.close();
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String key = exchange.getRequestURI().getPath().replaceFirst("^/bucket/?", "");
    if (!refusal.isEmpty()) {
      answer(exchange, 403, "<Error><Code>" + refusal + "</Code></Error>");
      return;
    }
    switch (exchange.getRequestMethod()) {
      case "PUT" -> {
        objects.put(key, body);
        stored.add(key);
        digests.put(key, exchange.getRequestHeaders().getFirst("x-amz-meta-sha256"));
        answer(exchange, 200, "");
      }
      case "DELETE" -> {
        objects.remove(key);
        answer(exchange, 204, "");
      }
      default -> get(exchange, key);
    }
  }

  private void get(HttpExchange exchange, String key) throws IOException {
    if (key.isEmpty()) {
      answer(exchange, 200, listing(exchange.getRequestURI().toString()));
    } else if (!objects.containsKey(key)) {
      answer(exchange, 404, "<Error><Code>NoSuchKey</Code></Error>");
    } else {
      if (digests.containsKey(key)) {
        exchange.getResponseHeaders().add("x-amz-meta-sha256", digests.get(key));
      }
      exchange.getResponseHeaders().add("ETag", "\"etag\"");
      answer(exchange, 200, objects.get(key));
    }
  }

  private String listing(String uri) {
    Matcher prefix = PREFIX.matcher(uri);
    String wanted = prefix.find() ? prefix.group(1).replace("%2F", "/") : "";
    StringBuilder listing = new StringBuilder("<ListBucketResult>");
    objects.forEach(
        (key, bytes) -> {
          if (key.startsWith(wanted)) {
            listing.append(
                "<Contents><Key>%s</Key><Size>%d</Size><ETag>\"etag\"</ETag></Contents>"
                    .formatted(key, bytes.length));
          }
        });
    return listing.append("</ListBucketResult>").toString();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    answer(exchange, status, body.getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }
}
