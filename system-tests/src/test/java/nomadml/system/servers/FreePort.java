package nomadml.system.servers;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports nobody else is given: below Nomad's dynamic ports and the kernel's ephemeral ones, each
 * handed out once.
 */
public final class FreePort {
  private static final int FIRST = 10_000;
  private static final int COUNT = 10_000;
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePort() {}

  public static int next() {
    for (int tried = 0; tried < COUNT; tried++) {
      int port = FIRST + NEXT.getAndIncrement() % COUNT;
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no port is free from " + FIRST);
  }

  private static boolean isFree(int port) {
    InetAddress local = InetAddress.getLoopbackAddress();
    try (ServerSocket tcp = new ServerSocket();
        DatagramSocket udp = new DatagramSocket(port, local)) {
      tcp.bind(new InetSocketAddress(local, port));
      return udp.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
