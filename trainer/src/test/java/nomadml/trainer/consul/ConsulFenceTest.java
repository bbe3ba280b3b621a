package nomadml.trainer.consul;

import static nomadml.trainer.report.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import nomadml.trainer.supervisor.Fence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsulFenceTest {
  private static final String ATTEMPT = "nomad-ml/submissions/s/attempt";
  private static final String LOCK = "nomad-ml/submissions/s/lock";

  @TempDir private Path folder;
  private ConsulTwin consul;
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<ConsulFence> fences = new ArrayList<>();

  @BeforeEach
  void begin() throws IOException {
    consul = new ConsulTwin();
  }

  @AfterEach
  void end() {
    fences.forEach(ConsulFence::close);
    consul.close();
  }

  @Test
  void raisesTheAttemptAndHoldsTheLock() {
    Told told = start("a", 0);
    eventually("the lock is held", () -> told.events.contains("held"));
    assertThat(told.events).containsExactly("raised 1 0", "held");
    assertThat(consul.value(ATTEMPT))
        .isEqualTo("{\"attempt\":1,\"allocation\":\"a\",\"trained_seconds\":0}");
    assertThat(consul.isLocked(LOCK)).isTrue();
  }

  @Test
  void numbersAboveWhatConsulAndTheDiskKnow() {
    consul.write(
        ATTEMPT, "{\"attempt\":4,\"allocation\":\"b\",\"trained_seconds\":90,\"later\":1}");
    Told first = start("a", 2);
    eventually("it is numbered", () -> !first.events.isEmpty());
    assertThat(first.events.get(0)).isEqualTo("raised 5 90");
    Told second = start("b", 8);
    eventually("it is numbered", () -> !second.events.isEmpty());
    assertThat(second.events.get(0)).isEqualTo("raised 9 90");
  }

  @Test
  void endsAnAttemptWhenALaterOneIsThere() {
    Told first = start("a", 0);
    eventually("the lock is held", () -> first.events.contains("held"));
    Told second = start("b", 0);
    eventually("the first ends", () -> first.events.contains("superseded 2"));
    eventually("the second writes", () -> second.events.contains("held"));
  }

  @Test
  void holdsTheLockAgainAfterItsSessionEnded() {
    Told told = start("a", 0);
    eventually("the lock is held", () -> told.events.contains("held"));
    consul.endSessions();
    eventually("the lock is held again", () -> told.events.size() == 4);
    assertThat(told.events.get(2)).startsWith("lost");
    assertThat(told.events.get(3)).isEqualTo("held");
  }

  @Test
  void waitsForAConsulThatIsAway() {
    consul.down(true);
    Told told = start("a", 0);
    eventually("it warns", () -> !warnings.isEmpty());
    assertThat(told.events).isEmpty();
    consul.down(false);
    eventually("the lock is held", () -> told.events.contains("held"));
    assertThat(warnings).hasSize(2).last().asString().contains("answers again");
  }

  @Test
  void saysWhenItsTokenIsDenied() {
    consul.requireToken("secret");
    start("a", 0);
    eventually("it warns", () -> !warnings.isEmpty());
    assertThat(warnings.get(0)).contains("denies", "hint: set CONSUL_HTTP_TOKEN");
  }

  @Test
  void sendsItsToken() {
    consul.requireToken("secret");
    Told told =
        start(
            fence(Map.of("NOMAD_ML_CONSUL", consul.address(), "CONSUL_HTTP_TOKEN", "secret")),
            "a",
            0);
    eventually("the lock is held", () -> told.events.contains("held"));
  }

  @Test
  void letsTheNextOneInWhenItLeaves() {
    Told first = start("a", 0);
    eventually("the lock is held", () -> first.events.contains("held"));
    fences.get(0).trained(Duration.ofSeconds(77));
    fences.get(0).close();
    assertThat(consul.isLocked(LOCK)).isFalse();
    assertThat(consul.value(ATTEMPT)).contains("\"trained_seconds\":77");
  }

  @Test
  void doesNotWaitForTheLockOfItsOwnDeadSupervisor() {
    Told killed = start("a", 0);
    eventually("the lock is held", () -> killed.events.contains("held"));
    Told next = start("a", 1); // The same folder: the same session file.
    eventually("the lock is held", () -> next.events.contains("held"));
    assertThat(next.events).startsWith("raised 2 0");
  }

  private Told start(String allocation, int attemptsBefore) {
    return start(fence(Map.of("NOMAD_ML_CONSUL", consul.address())), allocation, attemptsBefore);
  }

  private ConsulFence fence(Map<String, String> environment) {
    return new ConsulFence(environment, "s", folder.resolve("session"), warnings::add);
  }

  private Told start(ConsulFence fence, String allocation, int attemptsBefore) {
    fences.add(fence);
    Told told = new Told();
    fence.start(new Fence.Claim(attemptsBefore, Duration.ZERO, allocation), told);
    return told;
  }

  /** What a fence told, in order. */
  private static final class Told implements Fence.Listener {
    final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    public void raised(int attempt, Duration trainedBefore) {
      events.add("raised %d %d".formatted(attempt, trainedBefore.toSeconds()));
    }

    @Override
    public void held() {
      events.add("held");
    }

    @Override
    public void lost(String reason) {
      events.add("lost " + reason);
    }

    @Override
    public void superseded(int attempt) {
      events.add("superseded " + attempt);
    }
  }
}
