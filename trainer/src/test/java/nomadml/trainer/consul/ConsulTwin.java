package nomadml.trainer.consul;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import nomadml.spec.Json;
import nomadml.trainer.LoopbackServer;
import org.jspecify.annotations.Nullable;

/** The few calls of Consul's HTTP API that are used, on a port of this machine. */
final class ConsulTwin implements AutoCloseable {
  private final LoopbackServer server = new LoopbackServer(this::answer);
  private final Map<String, Entry> keys = new HashMap<>();
  private final Set<String> sessions = new HashSet<>();
  private final Map<String, String> services = new HashMap<>();
  private String token = "";
  private boolean down;
  private long index = 1;

  private record Entry(String value, long index, @Nullable String session) {}

  String address() {
    return server.address().getAuthority();
  }

  synchronized void down(boolean value) {
    down = value;
  }

  synchronized void requireToken(String value) {
    token = value;
  }

  /** A passing instance; {@code json} are the fields of its service. */
  synchronized void register(String service, String json) {
    services.put(service, json);
  }

  synchronized void write(String key, String value) {
    keys.put(key, new Entry(value, ++index, null));
  }

  synchronized String value(String key) {
    Entry entry = keys.get(key);
    return entry == null ? "" : entry.value();
  }

  synchronized boolean isLocked(String key) {
    Entry entry = keys.get(key);
    return entry != null && entry.session() != null;
  }

  /** All sessions end, as when nobody renews them. */
  synchronized void endSessions() {
    sessions.clear();
    keys.replaceAll((key, entry) -> new Entry(entry.value(), entry.index(), null));
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().substring("/v1/".length());
    if (down) {
      respond(exchange, 500, "no leader");
    } else if (!token.isEmpty()
        && !token.equals(exchange.getRequestHeaders().getFirst("X-Consul-Token"))) {
      respond(exchange, 403, "Permission denied");
    } else if (path.startsWith("kv/")) {
      key(exchange, path.substring("kv/".length()));
    } else if (path.startsWith("session/")) {
      session(exchange, path);
    } else if (path.startsWith("health/service/")) {
      health(exchange, path.substring("health/service/".length()));
    } else {
      respond(exchange, 404, "");
    }
  }

  private void key(HttpExchange exchange, String key) throws IOException {
    Entry entry = keys.get(key);
    if (exchange.getRequestMethod().equals("GET")) {
      if (entry == null) {
        respond(exchange, 404, "");
        return;
      }
      ArrayNode values = Json.MAPPER.createArrayNode();
      ObjectNode value = values.addObject().put("Key", key).put("ModifyIndex", entry.index());
      value.put(
          "Value",
          Base64.getEncoder().encodeToString(entry.value().getBytes(StandardCharsets.UTF_8)));
      respond(exchange, 200, values.toString());
      return;
    }
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String holder = entry == null ? null : entry.session();
    String wanted = query.replaceAll(".*(?:acquire|release|cas)=([^&]*).*", "$1");
    boolean allowed =
        query.contains("cas=")
            ? Long.parseLong(wanted) == (entry == null ? 0 : entry.index())
            : query.contains("acquire=")
                ? sessions.contains(wanted) && (holder == null || holder.equals(wanted))
                : wanted.equals(holder);
    if (allowed) {
      String session =
          query.contains("acquire=") ? wanted : query.contains("release=") ? null : holder;
      keys.put(key, new Entry(body, ++index, session));
    }
    respond(exchange, 200, Boolean.toString(allowed));
  }

  private void session(HttpExchange exchange, String path) throws IOException {
    String id = path.substring(path.lastIndexOf('/') + 1);
    if (path.equals("session/create")) {
      String made = UUID.randomUUID().toString();
      sessions.add(made);
      respond(exchange, 200, "{\"ID\":\"" + made + "\"}");
    } else if (path.startsWith("session/renew/")) {
      respond(exchange, sessions.contains(id) ? 200 : 404, "[]");
    } else {
      sessions.remove(id);
      respond(exchange, 200, "true");
    }
  }

  private void health(HttpExchange exchange, String service) throws IOException {
    String found = services.get(service);
    respond(
        exchange,
        200,
        found == null
            ? "[]"
            : "[{\"Node\":{\"Address\":\"10.0.0.1\"},\"Service\":%s,\"Checks\":[]}]"
                .formatted(found));
  }

  private static void respond(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("X-Consul-Index", "1");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.close();
  }
}
