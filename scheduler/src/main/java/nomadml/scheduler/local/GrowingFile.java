package nomadml.scheduler.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A file another process writes: at its end it waits for more until the writer has ended. */
final class GrowingFile extends InputStream {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(25);

  private final FileChannel channel;
  private final BooleanSupplier grows;

  GrowingFile(Path file, long offset, BooleanSupplier grows) throws IOException {
    this.channel = FileChannel.open(file).position(offset);
    this.grows = grows;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (true) {
      // Asked before reading: what was written until the end is read after it.
      boolean more = grows.getAsBoolean();
      int count = channel.read(ByteBuffer.wrap(target, offset, length));
      if (count >= 0 || !more || Thread.currentThread().isInterrupted()) {
        return count;
      }
      LockSupport.parkNanos(PAUSE);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
