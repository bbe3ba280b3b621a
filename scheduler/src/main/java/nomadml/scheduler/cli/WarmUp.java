package nomadml.scheduler.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;

/** Loads what commands need, so that the launcher's class archive holds it. */
final class WarmUp {
  private WarmUp() {}

  public static void main(String[] arguments) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Console console = new Console(nowhere, nowhere, false, false, 100);
    Connector connector = choices -> Connection.of(choices, Map.of(), Clock.systemUTC());
    Main.commandLine(console, connector).execute("--help");
  }
}
