package nomadml.scheduler.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
  @ParameterizedTest
  @CsvSource({
    "error_rate<=0.01, 0.01, 0, true",
    "error_rate<=0.01, 0.011, 0, false",
    "error_rate<=1%, 0.01, 0, true",
    "error_rate<=stable+0.01, 0.03, 0.02, true",
    "error_rate<=stable+0.01, 0.04, 0.02, false",
    "error_rate<=2x, 0.04, 0.02, true",
    "p95<=50ms, 0.050, 9, true",
    "p95<=0.05s, 0.051, 9, false",
    "p99 <= 1.2x, 0.012, 0.010, true",
    "p50<=1.2x, 0.0121, 0.010, false",
    "p95<=stable+5ms, 0.015, 0.010, true",
    "requests>=200, 200, 0, true",
    "requests>=200, 199, 0, false",
    "accuracy>=0.97, 0.97, 0, true",
    "accuracy>=97%, 0.96, 0, false",
    "accuracy>=stable-0.005, 0.965, 0.97, true",
    "accuracy>=stable-0.005, 0.964, 0.97, false",
    "accuracy>=stable+0.01, 0.975, 0.97, false",
  })
  void judges(String text, double canary, double stable, boolean holds) {
    assertThat(Gate.parse(text).judge(canary, stable).holds()).isEqualTo(holds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "p95",
        "p95<50ms",
        "p95<=",
        "p95<=50",
        "p95>=50ms",
        "p42<=50ms",
        "latency<=1ms",
        "error_rate>=0.1",
        "error_rate<=50ms",
        "error_rate<=2",
        "requests<=5",
        "requests>=1x",
        "requests>=10%",
        "requests>=stable+5",
        "accuracy<=0.9",
        "accuracy>=1.2x",
        "accuracy>=97",
        "accuracy>=stable*2",
        "p95<=stable+2",
        "p95<=stable+1x",
        "p95<=fast",
        "p95<=50ms,p99<=1s"
      })
  void refusesWhatIsNoGateWithWhatIsOne(String text) {
    SchedulerFailure failure = catchThrowableOfType(SchedulerFailure.class, () -> Gate.parse(text));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(failure).hasMessageContaining("gate '" + text + "'");
    assertThat(failure.hint()).contains("p95<=1.2x", "accuracy>=stable-0.005");
  }

  @Test
  void nothingIsWorseThanNothing() {
    Gate.Result result = Gate.parse("p95<=1.2x").judge(9, null);
    assertThat(result.holds()).isTrue();
    assertThat(result.words()).contains("nothing runs to compare with");
  }

  @Test
  void whatWasNotMeasuredDoesNotHold() {
    assertThat(Gate.parse("error_rate<=1").judge(Double.NaN, null).holds()).isFalse();
    assertThat(Gate.parse("p95<=2x").judge(0.1, Double.NaN).holds()).isFalse();
    assertThat(Gate.parse("accuracy>=stable-0.1").judge(Double.NaN, null).holds()).isFalse();
    assertThat(Gate.parse("error_rate<=1").judge(Double.NaN, null).words())
        .contains("nothing measured");
  }

  @Test
  void saysWhatWasMeasured() {
    assertThat(Gate.parse("p95<=1.2x").judge(0.0123, 0.01).words())
        .isEqualTo("p95<=1.2x does not hold: 12.3 ms, the running version 10.0 ms");
    assertThat(Gate.parse("requests>=200").judge(214, 1000.0).words())
        .isEqualTo("requests>=200 holds: 214");
  }
}
