package nomadml.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
  private static final long MIB = 1 << 20;
  private long resident = 100 * MIB;

  @Test
  void warnsOnceOfAGrowthThatReachesTheLimit() {
    MemoryGuard guard = new MemoryGuard(OptionalLong.of(500 * MIB), () -> resident);
    Optional<String> warning = Optional.empty();
    for (int epoch = 1; epoch <= 20; epoch++) {
      assertThat(warning).isEmpty();
      warning = guard.afterEpoch(1000 - epoch);
      resident += 2 * MIB;
    }
    assertThat(warning.orElse(""))
        .contains("grows by 2.0 MiB an epoch", "138 MiB now", "500 MiB in 181 epochs");
    assertThat(guard.afterEpoch(900)).isEmpty();
  }

  @Test
  void isSilentWhenTheTrainingEndsBefore() {
    MemoryGuard guard = new MemoryGuard(OptionalLong.of(500 * MIB), () -> resident += 2 * MIB);
    assertThat(IntStream.range(0, 40).mapToObj(epoch -> guard.afterEpoch(50)))
        .allMatch(Optional::isEmpty);
  }

  @Test
  void isNotMovedByOneJump() {
    MemoryGuard guard = new MemoryGuard(OptionalLong.of(500 * MIB), () -> resident);
    IntStream.range(0, 15).forEach(epoch -> guard.afterEpoch(1000));
    resident += 200 * MIB;
    assertThat(IntStream.range(0, 20).mapToObj(epoch -> guard.afterEpoch(1000)))
        .allMatch(Optional::isEmpty);
  }

  @Test
  void tellsOnceThatTheLimitIsNear() {
    MemoryGuard guard = new MemoryGuard(OptionalLong.of(500 * MIB), () -> resident);
    assertThat(guard.isNearLimit()).isFalse();
    resident = 440 * MIB;
    assertThat(guard.isNearLimit()).isTrue();
    assertThat(guard.nearness()).contains("440 MiB of the 500 MiB");
    assertThat(guard.isNearLimit()).isFalse();
  }

  @Test
  void readsWhatNomadGaveAndMeasuresThisProcess() {
    assertThat(MemoryGuard.ofThisProcess(Map.of("NOMAD_MEMORY_LIMIT", "1")).isNearLimit()).isTrue();
    assertThat(MemoryGuard.ofThisProcess(Map.of()).isNearLimit()).isFalse();
  }
}
