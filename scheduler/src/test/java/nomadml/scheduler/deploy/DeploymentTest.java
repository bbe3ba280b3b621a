package nomadml.scheduler.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import nomadml.scheduler.deploy.Deployment.Kind;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Deployment.Step;
import nomadml.spec.Json;
import org.junit.jupiter.api.Test;

class DeploymentTest {
  /** A Nomad Variable holds 64 KiB. */
  @Test
  void manyLongStepsFitIntoAVariable() throws JsonProcessingException {
    Deployment deployment =
        new Deployment(
            "1",
            Kind.DEPLOY,
            Wishes.wish("5"),
            null,
            null,
            0,
            Instant.EPOCH,
            State.STARTED,
            List.of(new Step(Instant.EPOCH, "ada", Steps.WISHED, "", List.of())));
    List<String> lines = Collections.nCopies(100, "y".repeat(9000));
    for (int i = 0; i < 200; i++) {
      deployment =
          deployment.with(
              new Step(
                  Instant.EPOCH,
                  "ada",
                  "step " + i,
                  "x".repeat(9000),
                  i % 10 == 0 ? lines : List.of()),
              State.STARTED);
    }
    String steps =
        Json.MAPPER.writeValueAsString(
            deployment.steps().stream().map(step -> step.why() + step.measured()).toList());
    assertThat(steps).hasSizeLessThan(40 << 10);
    assertThat(deployment.steps().get(0).what()).isEqualTo(Steps.WISHED);
    assertThat(deployment.last().what()).isEqualTo("step 199");
  }
}
