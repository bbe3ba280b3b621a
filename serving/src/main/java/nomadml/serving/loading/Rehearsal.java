package nomadml.serving.loading;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The first requests of a server are its slowest: classes are loaded, code is compiled, PyTorch
 * prepares each thread. They are sent by the server itself, before anybody knows that it is there.
 * Many go out in one packet, so that sending them leaves the processors to what is to be warmed.
 */
public final class Rehearsal {
  /** The compilers are done with what matters by then. */
  private static final int MOST_REQUESTS = 60_000;

  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final int BURST = 32;
  private static final byte[] ANSWER = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress server;
  private final byte[] burst;

  /**
   * Requests for predictions.
   *
   * @param body as JSON; what is answered to it does not matter
   */
  public Rehearsal(InetSocketAddress server, byte[] body) {
    this.server = server;
    this.burst = burst(body);
  }

  private static byte[] burst(byte[] body) {
    String head =
        "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n".formatted(body.length);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < BURST; i++) {
      all.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
      all.writeBytes(body);
    }
    return all.toByteArray();
  }

  /** Sends them by so many connections; returns when they were answered, or after a while. */
  public void run(int connections) {
    long until = System.nanoTime() + LONGEST.toNanos();
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.connect(server);
        socket.setSoTimeout(Math.toIntExact(LONGEST.toMillis()));
      }
      int sent = 0;
      while (sent < MOST_REQUESTS && System.nanoTime() < until) {
        for (Socket socket : sockets) {
          socket.getOutputStream().write(burst);
          sent += BURST;
        }
        for (Socket socket : sockets) {
          awaitAnswers(socket.getInputStream());
        }
      }
    } catch (IOException e) {
      return; // Too slow a network, or none that answers its example: there is nothing to gain.
    } finally {
      sockets.forEach(Rehearsal::close);
    }
  }

  /** Reads until each request of a burst has its answer; a body of numbers never looks like one. */
  private static void awaitAnswers(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 14];
    int answers = 0;
    int matched = 0;
    while (answers < BURST) {
      int count = in.read(buffer);
      if (count < 0) {
        throw new IOException("the server closed the connection");
      }
      for (int i = 0; i < count; i++) {
        matched = buffer[i] == ANSWER[matched] ? matched + 1 : buffer[i] == ANSWER[0] ? 1 : 0;
        if (matched == ANSWER.length) {
          answers++;
          matched = 0;
        }
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      return; // It is gone.
    }
  }
}
