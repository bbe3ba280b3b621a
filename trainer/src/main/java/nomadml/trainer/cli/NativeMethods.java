package nomadml.trainer.cli;

import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.TimeZone;
import java.util.zip.Deflater;
import picocli.CommandLine.Command;

/**
 * The JDK's native methods that a worker's start calls. The JVM looks each up at its first call,
 * and glibc lets nobody look up while a library loads: the start would wait for all of PyTorch.
 */
final class NativeMethods {
  private NativeMethods() {}

  /** Calls one of each kind, which binds them; takes a few milliseconds. */
  static void bind() {
    Command annotation = Main.class.getAnnotation(Command.class);
    int length = annotation == null ? 0 : Array.getLength(annotation.subcommands());
    Deflater deflater = new Deflater();
    try (FileChannel channel =
        FileChannel.open(Path.of(System.getProperty("java.home"), "release"))) {
      channel.position(0).read(ByteBuffer.allocate((int) Math.min(length, channel.size())));
      TimeZone.setDefault(TimeZone.getDefault());
    } catch (IOException e) {
      return; // Only time is lost.
    } finally {
      deflater.end();
    }
  }
}
