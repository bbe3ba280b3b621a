package nomadml.spec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.spec.InvalidKeySpecException;
import java.util.HexFormat;

/**
 * The older encodings of private keys as PKCS #8, the only one that the JVM reads: {@code SEQUENCE
 * {version 0, SEQUENCE {algorithm, parameters}, OCTET STRING {key}}}.
 */
final class PrivateKeyInfo {
  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int EC_PARAMETERS = 0xa0;

  private static final byte[] VERSION = HexFormat.of().parseHex("020100");
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private PrivateKeyInfo() {}

  /** Of PKCS #1, {@code BEGIN RSA PRIVATE KEY}. */
  static byte[] ofPkcs1(byte[] key) {
    return info(RSA, key);
  }

  /**
   * Of SEC 1, {@code BEGIN EC PRIVATE KEY}, as Consul's and Nomad's own tools write keys: {@code
   * SEQUENCE {version, OCTET STRING, [0] {curve}, …}}.
   */
  static byte[] ofSec1(byte[] key) throws InvalidKeySpecException {
    try {
      ByteBuffer fields = content(ByteBuffer.wrap(key), SEQUENCE);
      content(fields, INTEGER);
      content(fields, OCTET_STRING);
      ByteBuffer curve = content(fields, EC_PARAMETERS);
      byte[] parameters = new byte[curve.remaining()];
      curve.get(parameters);
      return info(joined(EC, parameters), key);
    } catch (RuntimeException e) {
      throw new InvalidKeySpecException("an EC key that does not name its curve", e);
    }
  }

  private static byte[] info(byte[] algorithm, byte[] key) {
    return element(
        SEQUENCE, joined(VERSION, element(SEQUENCE, algorithm), element(OCTET_STRING, key)));
  }

  /** The content of the next element, which must have this tag. */
  private static ByteBuffer content(ByteBuffer from, int tag) {
    int found = from.get() & 0xff;
    if (found != tag) {
      throw new IllegalArgumentException("tag " + found + " instead of " + tag);
    }
    int length = from.get() & 0xff;
    if (length >= 0x80) {
      int bytes = length - 0x80;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | (from.get() & 0xff);
      }
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] element(int tag, byte[] content) {
    return joined(new byte[] {(byte) tag}, length(content.length), content);
  }

  /** In as few bytes as it takes: anything else is refused. */
  private static byte[] length(int length) {
    if (length < 0x80) {
      return new byte[] {(byte) length};
    }
    return length < 0x100
        ? new byte[] {(byte) 0x81, (byte) length}
        : new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length};
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
