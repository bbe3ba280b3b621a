package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import nomadml.scheduler.submit.Allocation;
import nomadml.spec.Json;
import org.jspecify.annotations.Nullable;

/** Runs a command beside the task, by Nomad's websocket of JSON frames. */
record Exec(NomadRest rest, NomadSettings settings) {
  private static final int CHUNK = 16 << 10;

  /** Until the node's agent answers too. */
  private static final Duration HANDSHAKE = Duration.ofSeconds(30);

  int run(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException {
    Frames frames = new Frames(output, errors);
    WebSocket socket = connect(allocation, command, frames);
    Thread reader = new Thread(() -> send(input, socket), "exec-input");
    reader.setDaemon(true);
    reader.start();
    try {
      return frames.exit.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw cutOff(e.getCause());
    } finally {
      socket.abort();
    }
  }

  static IOException cutOff(@Nullable Throwable cause) {
    String reason = cause == null ? "" : String.valueOf(cause.getMessage());
    if (reason.contains(Connection.NO_PATH)) {
      return new NomadRest.Refused(404, reason);
    }
    return reason.contains("Permission denied")
        ? new NomadRest.Refused(
            403, "Permission denied: it takes alloc-exec, and alloc-node-exec for raw_exec")
        : new IOException("the command was cut off: " + reason, cause);
  }

  private WebSocket connect(Allocation allocation, List<String> command, Frames frames)
      throws IOException {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5));
    if ("https".equals(settings.address().getScheme())) {
      client.sslContext(Tls.context(settings));
    }
    WebSocket.Builder socket = client.build().newWebSocketBuilder().connectTimeout(HANDSHAKE);
    if (settings.token() != null) {
      socket.header("X-Nomad-Token", settings.token());
    }
    try {
      return socket.buildAsync(address(allocation, command), frames).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        int status = refused.getResponse().statusCode();
        throw new NomadRest.Refused(status, "status " + status);
      }
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  private URI address(Allocation allocation, List<String> command) throws IOException {
    Map<String, String> parameters =
        Map.of(
            "namespace",
            allocation.namespace(),
            "task",
            TaskTranslation.NAME,
            "tty",
            "false",
            "command",
            Json.MAPPER.writeValueAsString(command));
    String http = rest.uri(parameters, "client", "allocation", allocation.id(), "exec").toString();
    return URI.create(http.replaceFirst("^http", "ws"));
  }

  private static void send(InputStream input, WebSocket socket) {
    byte[] chunk = new byte[CHUNK];
    try {
      for (int count = input.read(chunk); count >= 0; count = input.read(chunk)) {
        ObjectNode frame = Json.MAPPER.createObjectNode();
        frame.putObject("stdin").put("data", Arrays.copyOf(chunk, count));
        socket.sendText(frame.toString(), true).join();
      }
      socket.sendText("{\"stdin\":{\"close\":true}}", true).join();
    } catch (IOException | CompletionException e) {
      return; // A command that has left takes no more input; its exit or the cut is read elsewhere.
    }
  }

  /** Takes frames apart until the command's exit. */
  private static final class Frames implements WebSocket.Listener {
    private final OutputStream output;
    private final OutputStream errors;
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    Frames(OutputStream output, OutputStream errors) {
      this.output = output;
      this.errors = errors;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          take(Json.MAPPER.readTree(text.toString()));
        } catch (IOException e) {
          exit.completeExceptionally(e);
        }
        text.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void take(JsonNode frame) throws IOException {
      write(frame.path("stdout"), output);
      write(frame.path("stderr"), errors);
      if (frame.path("exited").asBoolean()) {
        exit.complete(frame.path("result").path("exit_code").asInt());
      }
    }

    private static void write(JsonNode part, OutputStream to) throws IOException {
      byte[] data = part.path("data").binaryValue();
      if (data != null) {
        to.write(data);
        to.flush();
      }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      exit.completeExceptionally(new IOException(reason.isEmpty() ? "closed" : reason));
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      exit.completeExceptionally(error);
    }
  }
}
