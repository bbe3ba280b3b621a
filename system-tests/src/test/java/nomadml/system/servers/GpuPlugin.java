package nomadml.system.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a Nomad client believe that it has GPUs; built once into the cache of the tools. */
public final class GpuPlugin {
  private static final String NAME = "nomad-ml-test-gpu";
  private static final Path SOURCES = Repository.file("system-tests/gpu-device-plugin");

  /** Devices of one model. */
  public record Gpus(String model, int count, int mebibytes) {
    private String block() {
      return "gpu {\n  model = \"%s\"\n  count = %d\n  memory = %d\n}\n"
          .formatted(model, count, mebibytes);
    }
  }

  private GpuPlugin() {}

  /** The configuration of a node that has these devices. */
  public static String configuration(Gpus... gpus) {
    String blocks = Stream.of(gpus).map(Gpus::block).collect(Collectors.joining());
    return "plugin_dir = \"%s\"\nplugin \"%s\" {\nconfig {\n%s}\n}\n"
        .formatted(built(), NAME, blocks);
  }

  private static Path built() {
    Path folder = Repository.cache().resolve("gpu-device-plugin-" + digest());
    try {
      Files.createDirectories(folder);
      Path lockFile = folder.resolveSibling(folder.getFileName() + ".lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (lock.isValid() && !Files.isExecutable(folder.resolve(NAME))) {
          build(folder);
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Under another name first, so that a build that is cut off leaves no half of a program. */
  private static void build(Path folder) throws IOException {
    Path work = Files.createTempDirectory(folder.getParent(), "gpu-device-plugin-");
    Path program = work.resolve(NAME);
    ProcessBuilder go =
        new ProcessBuilder(
                List.of("go", "build", "-mod=readonly", "-trimpath", "-o", program.toString(), "."))
            .directory(SOURCES.toFile())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("build.log").toFile());
    if (start(go).onExit().join().exitValue() != 0) {
      throw new IllegalStateException(
          "the GPU plugin does not build:\n" + Files.readString(work.resolve("build.log")));
    }
    Files.move(program, folder.resolve(NAME));
    Files.delete(work.resolve("build.log"));
    Files.delete(work);
  }

  private static Process start(ProcessBuilder go) {
    try {
      return go.start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "the GPU plugin needs Go\nhint: install Go 1.25.8 or newer (https://go.dev/dl)", e);
    }
  }

  private static String digest() {
    try (Stream<Path> files = Files.list(SOURCES)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files.sorted().toList()) {
        digest.update(Files.readAllBytes(file));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
