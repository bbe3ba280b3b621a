package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.submit.Allocation;
import nomadml.spec.Json;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.java_websocket.handshake.ServerHandshake;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command beside the task, by Nomad's websocket of JSON frames. The JDK's own client loses
 * the last frame when the server closes right after it, and the command's exit code with it.
 */
record Exec(NomadRest rest, NomadSettings settings) {
  private static final int CHUNK = 16 << 10;

  /** Until the node's agent answers too. */
  private static final Duration HANDSHAKE = Duration.ofSeconds(30);

  private static final int CONNECT_MILLIS = 5000;

  /** How the client words a handshake that was refused. */
  private static final Pattern STATUS = Pattern.compile("Invalid status code received: (\\d{3})");

  int run(
      Allocation allocation,
      List<String> command,
      InputStream input,
      OutputStream output,
      OutputStream errors)
      throws IOException {
    Frames frames = new Frames(address(allocation, command), headers(), output, errors);
    connect(frames);
    Thread reader = new Thread(() -> send(input, frames), "exec-input");
    reader.setDaemon(true);
    reader.start();
    try {
      return exit(frames);
    } catch (Unexplained cut) {
      askWhy(allocation);
      throw cut;
    }
  }

  /**
   * Nomad drops the reason of a refusal that crosses the command's first input, so it is asked for
   * a command that does nothing and takes no input.
   */
  private void askWhy(Allocation allocation) throws NomadRest.Refused {
    OutputStream none = OutputStream.nullOutputStream();
    try {
      Frames frames = new Frames(address(allocation, List.of("true")), headers(), none, none);
      frames.exit.orTimeout(HANDSHAKE.toSeconds(), TimeUnit.SECONDS);
      connect(frames);
      exit(frames);
    } catch (NomadRest.Refused reason) {
      throw reason;
    } catch (IOException e) {
      return; // The cut itself is told.
    }
  }

  private static int exit(Frames frames) throws IOException {
    try {
      return frames.exit.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Unexplained cut ? cut : cutOff(e.getCause());
    } finally {
      frames.close();
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

  private Map<String, String> headers() {
    String token = settings.token();
    return token == null ? Map.of() : Map.of("X-Nomad-Token", token);
  }

  private void connect(Frames frames) throws IOException {
    if ("https".equals(settings.address().getScheme())) {
      frames.setSocketFactory(Tls.context(settings).getSocketFactory());
    }
    try {
      frames.connect();
      CompletableFuture.anyOf(frames.opened, frames.exit)
          .get(HANDSHAKE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (TimeoutException e) {
      frames.close();
      throw new IOException("no answer within %d s".formatted(HANDSHAKE.toSeconds()), e);
    } catch (ExecutionException e) {
      @Nullable Throwable cause = e.getCause();
      Matcher refused = STATUS.matcher(cause == null ? "" : String.valueOf(cause.getMessage()));
      if (refused.find()) {
        int status = Integer.parseInt(refused.group(1));
        throw new NomadRest.Refused(status, "status " + status);
      }
      throw cause instanceof IOException failure ? failure : new IOException(cause);
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

  private static void send(InputStream input, Frames frames) {
    byte[] chunk = new byte[CHUNK];
    try {
      for (int count = input.read(chunk); count >= 0; count = input.read(chunk)) {
        ObjectNode frame = Json.MAPPER.createObjectNode();
        frame.putObject("stdin").put("data", Arrays.copyOf(chunk, count));
        frames.send(frame.toString());
      }
      frames.send("{\"stdin\":{\"close\":true}}");
    } catch (IOException | WebsocketNotConnectedException e) {
      return; // A command that has left takes no more input; its exit or the cut is read elsewhere.
    }
  }

  /** The connection's end without an exit code or a reason. */
  private static final class Unexplained extends IOException {
    private static final long serialVersionUID = 1L;

    Unexplained() {
      super("the command was cut off: the connection was closed");
    }
  }

  /** Takes frames apart until the command's exit. */
  private static final class Frames extends WebSocketClient {
    private final OutputStream output;
    private final OutputStream errors;
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    Frames(URI address, Map<String, String> headers, OutputStream output, OutputStream errors) {
      super(address, new Draft_6455(), headers, CONNECT_MILLIS);
      this.output = output;
      this.errors = errors;
      setConnectionLostTimeout(0);
      setDaemon(true);
    }

    /** May be followed by the close at once, where the command is refused. */
    @Override
    public void onOpen(ServerHandshake handshake) {
      opened.complete(null);
    }

    @Override
    public void onMessage(String text) {
      try {
        JsonNode frame = Json.MAPPER.readTree(text);
        write(frame.path("stdout"), output);
        write(frame.path("stderr"), errors);
        if (frame.path("exited").asBoolean()) {
          exit.complete(frame.path("result").path("exit_code").asInt());
        }
      } catch (IOException e) {
        exit.completeExceptionally(e);
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
    public void onClose(int code, String reason, boolean remote) {
      exit.completeExceptionally(reason.isEmpty() ? new Unexplained() : new IOException(reason));
    }

    @Override
    public void onError(Exception error) {
      exit.completeExceptionally(error);
    }
  }
}
