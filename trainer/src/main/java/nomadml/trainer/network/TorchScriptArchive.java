package nomadml.trainer.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes what {@code torch.jit.load} reads: a zip of a pickle, the source of one class {@code M}
 * and the bytes of its tensors.
 */
public final class TorchScriptArchive {
  /**
   * Of the format, the one PyTorch writes: what an older one means by {@code div} and {@code gelu}
   * is rewritten when it is read, and no two readings of it print the same.
   */
  private static final byte[] VERSION = "10\n".getBytes(StandardCharsets.US_ASCII);

  private static final int PROTOCOL = 0x80;
  private static final int TRUE = 0x88;
  private static final int FALSE = 0x89;
  private static final int NEW_OBJECT = 0x81;

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private TorchScriptArchive() {}

  /** A tensor of 32-bit floats. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Weights(long[] shape, float[] values, boolean trainable) {}

  /** Writes the source of class {@code __torch__.M} and its attributes. */
  public static void write(Path file, String source, Map<String, Weights> weights)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      put(zip, "m/data.pkl", new TorchScriptArchive().object(weights));
      put(zip, "m/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      put(zip, "m/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      int key = 0;
      for (Weights tensor : weights.values()) {
        ByteBuffer bytes =
            ByteBuffer.allocate(Math.multiplyExact(tensor.values().length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(tensor.values());
        put(zip, "m/data/" + key++, bytes.array());
      }
      put(zip, "m/constants.pkl", new byte[] {(byte) PROTOCOL, 2, ')', '.'});
      put(zip, "m/version", VERSION);
    }
  }

  private byte[] object(Map<String, Weights> weights) {
    pickle.write(PROTOCOL);
    pickle.write(2);
    global("__torch__", "M");
    pickle.write(')');
    pickle.write(NEW_OBJECT);
    pickle.write('}');
    pickle.write('(');
    text("training");
    pickle.write(FALSE);
    int key = 0;
    for (Map.Entry<String, Weights> entry : weights.entrySet()) {
      text(entry.getKey());
      tensor(entry.getValue(), key++);
    }
    pickle.write('u');
    pickle.write('b');
    pickle.write('.');
    return pickle.toByteArray();
  }

  private void tensor(Weights tensor, int key) {
    long[] strides = new long[tensor.shape().length];
    long size = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = size;
      size *= tensor.shape()[i];
    }
    global("torch._utils", "_rebuild_tensor_v2");
    pickle.write('(');
    pickle.write('(');
    text("storage");
    global("torch", "FloatStorage");
    text(Integer.toString(key));
    text("cpu");
    number(size);
    pickle.write('t');
    pickle.write('Q');
    number(0);
    tuple(tensor.shape());
    tuple(strides);
    pickle.write(tensor.trainable() ? TRUE : FALSE);
    global("collections", "OrderedDict");
    pickle.write(')');
    pickle.write('R');
    pickle.write('t');
    pickle.write('R');
  }

  private void global(String module, String name) {
    pickle.write('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    pickle.write('X');
    integer(bytes.length);
    pickle.writeBytes(bytes);
  }

  private void number(long value) {
    pickle.write('J');
    integer(Math.toIntExact(value));
  }

  private void tuple(long[] values) {
    pickle.write('(');
    for (long value : values) {
      number(value);
    }
    pickle.write('t');
  }

  private void integer(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      pickle.write(value >>> shift);
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED); // PyTorch reads tensors in place: nothing is compressed.
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
