package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiagnosisTest {
  @ParameterizedTest
  @CsvSource({
    "1, USER_ERROR, exit code 1",
    "42, USER_ERROR, exit code 42",
    "126, USER_ERROR, not executable",
    "127, USER_ERROR, not found",
    "132, NATIVE_CRASH, SIGILL",
    "134, NATIVE_CRASH, SIGABRT",
    "136, NATIVE_CRASH, SIGFPE",
    "137, NATIVE_CRASH, no record of full memory",
    "139, NATIVE_CRASH, SIGSEGV",
    "143, NATIVE_CRASH, SIGTERM",
  })
  void readsACommandsExitCode(int exitCode, FailureCause cause, String evidence) {
    Failure failure = Diagnosis.of(exitCode, null, OptionalLong.of(0), "1GiB", "simulate");
    assertThat(failure.cause()).isEqualTo(cause);
    assertThat(failure.message()).contains(evidence);
    assertThat(failure.hint()).isNotBlank();
    assertThat(failure.exitCode()).isEqualTo(exitCode);
  }

  @Test
  void takesAKillWhoseRecordCantBeReadForFullMemory() {
    Failure failure = Diagnosis.of(137, null, OptionalLong.empty(), "1GiB", "");
    assertThat(failure.cause()).isEqualTo(FailureCause.OUT_OF_MEMORY);
    assertThat(failure.message()).contains("most likely", "can't be read");
  }

  @Test
  void namesAProgramThatIsNotThere() {
    assertThat(Diagnosis.of(127, null, OptionalLong.of(0), "1GiB", "simulate").message())
        .contains("simulate was not found");
  }

  @Test
  void believesTheKernelBeforeTheWorker() {
    Failure failure =
        Diagnosis.of(1, said(FailureCause.USER_ERROR), OptionalLong.of(2), "1GiB", "");
    assertThat(failure.cause()).isEqualTo(FailureCause.OUT_OF_MEMORY);
    assertThat(failure.message()).contains("oom_kill rose by 2");
  }

  @Test
  void believesTheWorkerBeforeTheExitCode() {
    Failure failure =
        Diagnosis.of(1, said(FailureCause.GPU_OUT_OF_MEMORY), OptionalLong.of(0), "1GiB", "");
    assertThat(failure.cause()).isEqualTo(FailureCause.GPU_OUT_OF_MEMORY);
    assertThat(failure.message()).isEqualTo("what happened");
  }

  @Test
  void blamesNoUserForASilentWorkerOfOurs() {
    assertThat(Diagnosis.of(1, null, OptionalLong.of(0), "1GiB", "").cause())
        .isEqualTo(FailureCause.INTERNAL);
  }

  private static Progress said(FailureCause cause) {
    return new Progress(
        Progress.Kind.FAILED, 1, null, null, null, null, null, cause, "what happened", "hint");
  }
}
