package nomadml.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import nomadml.trainer.report.RefusedException;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final URI ADDRESS = URI.create("http://mlflow.example");

  @Test
  void whatMlflowCallsWrongIsRefused() {
    String body = "{\"error_code\": \"INVALID_PARAMETER_VALUE\", \"message\": \"no such key\"}";
    assertThat(Answers.failure(ADDRESS, "runs/log-batch", 400, body))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no such key");
  }

  /** As MLflow 3.17.2 answers when 15 requests hold its connections and one more waited 30 s. */
  @Test
  void aDatabaseWhoseConnectionsAreAllInUseIsAskedAgain() {
    String body =
        "{\"error_code\": \"BAD_REQUEST\", \"message\": \"QueuePool limit of size 5 overflow 10"
            + " reached, connection timed out, timeout 30.00\"}";
    assertThat(Answers.failure(ADDRESS, "runs/log-batch", 400, body))
        .isNotInstanceOf(RefusedException.class);
  }
}
