package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecTest {
  @ParameterizedTest
  @CsvSource({"Permission denied, 403, alloc-node-exec", "No path to node, 404, No path to node"})
  void tellsARefusalFromACut(String reason, int status, String message) {
    IOException failure = Exec.cutOff(new IOException(reason));
    assertThat(failure).isInstanceOf(NomadRest.Refused.class).hasMessageContaining(message);
    assertThat(((NomadRest.Refused) failure).status()).isEqualTo(status);
  }

  @Test
  void namesAnyOtherEndOfTheConnection() {
    assertThat(Exec.cutOff(new IOException("reset")))
        .isNotInstanceOf(NomadRest.Refused.class)
        .hasMessage("the command was cut off: reset");
  }
}
