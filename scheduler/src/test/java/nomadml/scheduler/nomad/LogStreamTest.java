package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.FakeNomad.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogStreamTest {
  private static final String HEARTBEAT = "{}";

  private final AtomicLong clock = new AtomicLong();
  private FakeNomad nomad;

  @BeforeEach
  void start() throws IOException {
    nomad = new FakeNomad();
  }

  @AfterEach
  void stop() {
    nomad.close();
  }

  @Test
  void joinsFramesAndPassesOverHeartbeats() throws IOException {
    allocationIs("running");
    assertThat(follow(HEARTBEAT, frame("one\n"), HEARTBEAT, HEARTBEAT, frame("two\n")))
        .isEqualTo("one\ntwo\n");
  }

  @Test
  void endsWithTheAllocationAfterItsLastOutput() throws IOException {
    allocationIs("complete");
    assertThat(follow(HEARTBEAT, frame("late\n"), HEARTBEAT, frame("never sent by a dead task\n")))
        .isEqualTo("late\n");
    assertThat(nomad.requests()).hasSize(1);
  }

  @Test
  void goesOnWhileTheAllocationLives() throws IOException {
    allocationIs("running");
    follow(HEARTBEAT, HEARTBEAT, HEARTBEAT, frame("x"));
    assertThat(nomad.requests()).hasSize(3);
  }

  @Test
  void tornFrameIsAnErrorNotTheEnd() {
    assertThatThrownBy(() -> follow(frame("one\n"), "{\"Data\": \"dHdv"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void missingLogSaysWhy() {
    nomad.on(
        "GET /v1/client/fs/logs/x",
        status(404, "task \"train\" not started yet. No logs available"));
    assertThatThrownBy(() -> nomad.cluster().logs(allocation(), Cluster.Stream.STDOUT, 0, true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not started yet");
  }

  private void allocationIs(String status) {
    nomad.on(
        "GET /v1/allocation/x",
        "{\"ID\": \"x\", \"ClientStatus\": \"%s\", \"DesiredStatus\": \"run\"}".formatted(status));
  }

  /** What is read of these frames when each comes three seconds after the one before. */
  private String follow(String... frames) throws IOException {
    InputStream body =
        new ByteArrayInputStream(String.join("", frames).getBytes(StandardCharsets.UTF_8));
    try (LogStream log =
        new LogStream(nomad.rest(), allocation(), body, () -> clock.addAndGet(3_000_000_000L))) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String frame(String text) {
    String data = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    return "{\"Data\": \"" + data + "\", \"File\": \"alloc/logs/train.stdout.0\", \"Offset\": 4}";
  }

  private static Allocation allocation() {
    return new Allocation(
        "x",
        "a-1",
        "default",
        "n",
        "node-1",
        Allocation.Status.RUNNING,
        "run",
        "",
        false,
        null,
        null,
        Instant.EPOCH,
        List.of());
  }
}
