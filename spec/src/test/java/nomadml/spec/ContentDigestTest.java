package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ContentDigestTest {
  private static final String A =
      "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
  private static final String C =
      "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6";

  /** {@code find … | sort | xargs sha256sum | sha256sum}, as docs/operations.md has it. */
  @Test
  void isWhatTheShellMakesOfTheFolder() {
    assertThat(ContentDigest.ofFolder(Map.of("b/c.png", C, "a.png", A)))
        .isEqualTo("cf0aeab46e15cb2d87480e35ceacefd1fc58f83a22d9535b0a1577aaae7390cc");
  }

  @Test
  void dependsOnNamesToo() {
    assertThat(ContentDigest.ofFolder(Map.of("a.png", A)))
        .isNotEqualTo(ContentDigest.ofFolder(Map.of("b.png", A)));
  }
}
