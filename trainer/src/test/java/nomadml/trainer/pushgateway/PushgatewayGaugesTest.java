package nomadml.trainer.pushgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import nomadml.trainer.HttpTwin;
import nomadml.trainer.HttpTwin.Answer;
import nomadml.trainer.report.Snapshot;
import org.junit.jupiter.api.Test;

class PushgatewayGaugesTest {
  private static final Snapshot SNAPSHOT =
      new Snapshot("run/1 é", "digits", "mlp", Map.of(), 1, 2, Map.of(), 0, 1);

  @Test
  void replacesAndDeletesTheGroupOfTheRun() throws IOException {
    try (HttpTwin server = new HttpTwin(request -> new Answer(202, ""))) {
      PushgatewayGauges gauges = new PushgatewayGauges(service -> server.address());
      gauges.push(SNAPSHOT);
      gauges.delete("plain");
      assertThat(server.requests())
          .extracting(Object::toString)
          .containsExactly(
              "PUT /metrics/job/training/run_id@base64/cnVuLzEgw6k=",
              "DELETE /metrics/job/training/run_id/plain");
      assertThat(server.requests().get(0).body()).contains("training_epoch{", "training_info{");
    }
  }

  @Test
  void findsTheServerThatHasMoved() throws IOException {
    List<URI> addresses = new ArrayList<>();
    PushgatewayGauges gauges =
        new PushgatewayGauges(service -> addresses.get(addresses.size() - 1));
    try (HttpTwin first = new HttpTwin(request -> new Answer(202, ""))) {
      addresses.add(first.address());
      gauges.push(SNAPSHOT);
    }
    try (HttpTwin second = new HttpTwin(request -> new Answer(202, ""))) {
      addresses.add(second.address());
      gauges.push(SNAPSHOT);
      assertThat(second.requests()).hasSize(1);
    }
  }

  @Test
  void saysWhatTheServerSaid() throws IOException {
    try (HttpTwin server = new HttpTwin(request -> new Answer(400, "not consistent"))) {
      PushgatewayGauges gauges = new PushgatewayGauges(service -> server.address());
      assertThatIOException()
          .isThrownBy(() -> gauges.push(SNAPSHOT))
          .withMessageContaining(server.address().toString())
          .withMessageContaining("not consistent");
    }
  }
}
