package nomadml.system.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import nomadml.spec.Pem;
import org.jspecify.annotations.Nullable;

/** Certificates in a folder, made by the tools that users make theirs with. */
final class Certificates {
  private final Folders folders;
  private final Path folder;

  Certificates(Folders folders, String name) {
    this.folders = folders;
    this.folder = folders.state(name);
  }

  /** Runs {@code consul tls}. */
  void consul(String... arguments) {
    make("consul", arguments);
  }

  /** Runs {@code nomad tls}. */
  void nomad(String... arguments) {
    make("nomad", arguments);
  }

  private void make(String tool, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Tools.program(tool, tool), "tls"));
    command.addAll(List.of(arguments));
    RunningProgram made =
        RunningProgram.start(
            tool + " tls", folders.log(tool + "-tls-tool"), folder, Map.of(), command);
    if (made.awaitExit() != 0) {
      throw new AssertionError(made.output());
    }
  }

  Path folder() {
    return folder;
  }

  /** A file the tools made. */
  String file(String name) {
    return folder.resolve(name).toString();
  }

  /** TLS that trusts an authority. */
  SSLContext context(String authority) {
    return context(authority, null, null);
  }

  /** TLS that trusts an authority and shows a certificate. */
  SSLContext context(String authority, @Nullable String certificate, @Nullable String key) {
    try {
      return Pem.context(
          Pem.trust(folder.resolve(authority)),
          certificate == null ? null : folder.resolve(certificate),
          key == null ? null : folder.resolve(key));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
