package nomadml.scheduler.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.spec.log.LogFormat;

/**
 * Loads what commands need, so that the launcher's class archive holds it. Talks to nobody else.
 */
final class WarmUp {
  private static final String JOB = "name: a\ncommand: [\"true\"]\n";

  private WarmUp() {}

  public static void main(String[] arguments) throws IOException {
    LogFormat.begin(Map.of(), LogFormat.TEXT);
    Path folder = Files.createTempDirectory("nomad-ml-warm-up");
    HttpServer nobody =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    nobody.createContext(
        "/",
        exchange -> {
          byte[] nothing = "[]".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, nothing.length);
          exchange.getResponseBody().write(nothing);
          exchange.close();
        });
    nobody.start();
    String address = "http://127.0.0.1:" + nobody.getAddress().getPort();
    Path file = Files.writeString(folder.resolve("job.yaml"), JOB);
    try {
      String servers = "--nomad=" + address + " --consul=" + address + " --mlflow=" + address;
      for (String command :
          new String[] {
            "--help",
            "plan --local " + file,
            "status " + servers,
            "list --local -o json",
            "plan " + servers + " " + file,
            "services " + servers,
            "--detach --local " + file
          }) {
        call(folder, command.split(" "));
      }
    } finally {
      nobody.stop(0);
      delete(folder);
    }
  }

  private static void call(Path folder, String... arguments) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Map<String, String> environment = Map.of("HOME", folder.toString(), "PATH", "/nowhere");
    Connector connector = choices -> Connection.of(choices, environment, Clock.systemUTC());
    Console console = new Console(nowhere, nowhere, false, false, 100);
    Main.commandLine(console, connector).execute(arguments);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
