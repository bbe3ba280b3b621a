package nomadml.scheduler.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.deploy.Measurements.Counters;
import nomadml.scheduler.deploy.Measurements.Series;
import org.junit.jupiter.api.Test;

class CountersTest {
  private static final Counters NOTHING = counters(Map.of(), Map.of());

  @Test
  void seriesThatIsBornWithAValueCountsFromNothing() {
    Counters now = counters(Map.of("200", 95.0, "500", 5.0), Map.of());
    assertThat(now.since(NOTHING).of("error_rate")).isEqualTo(0.05);
    assertThat(now.since(NOTHING).of("requests")).isEqualTo(100);
  }

  @Test
  void whatWasCountedBeforeDoesNotCount() {
    Counters before = counters(Map.of("200", 90.0, "500", 9.0), Map.of());
    Counters now = counters(Map.of("200", 190.0, "500", 9.0), Map.of());
    assertThat(now.since(before).of("error_rate")).isZero();
    assertThat(now.since(before).of("requests")).isEqualTo(100);
  }

  @Test
  void serverThatStartedAgainCountsFromNothing() {
    Counters before = counters(Map.of("200", 90.0), Map.of());
    Counters now = counters(Map.of("200", 7.0), Map.of());
    assertThat(now.since(before).of("requests")).isEqualTo(7);
  }

  @Test
  void errorsOfTheClientAreNoErrors() {
    Counters now = counters(Map.of("400", 50.0, "429", 30.0, "504", 20.0), Map.of());
    assertThat(now.since(NOTHING).of("error_rate")).isEqualTo(0.2);
  }

  @Test
  void withoutRequestsThereIsNoRate() {
    assertThat(NOTHING.since(NOTHING).of("error_rate")).isNaN();
    assertThat(NOTHING.since(NOTHING).of("p95")).isNaN();
  }

  @Test
  void quantilesAreEstimatedAsPrometheusDoes() {
    Counters now =
        counters(Map.of(), Map.of("0.01", 50.0, "0.1", 90.0, "1.0", 100.0, "+Inf", 100.0));
    assertThat(now.since(NOTHING).of("p50")).isCloseTo(0.01, within(1e-9));
    assertThat(now.since(NOTHING).of("p95")).isCloseTo(0.55, within(1e-9));
  }

  @Test
  void whatIsSlowerThanTheLastBoundIsAsSlowAsThat() {
    Counters now = counters(Map.of(), Map.of("1.0", 1.0, "+Inf", 100.0));
    assertThat(now.since(NOTHING).of("p95")).isEqualTo(1);
  }

  private static Counters counters(Map<String, Double> requests, Map<String, Double> buckets) {
    return new Counters(series(requests), series(buckets), Optional.empty());
  }

  private static Map<Series, Double> series(Map<String, Double> values) {
    Map<Series, Double> series = new HashMap<>();
    values.forEach((label, value) -> series.put(new Series("a:1", label), value));
    return series;
  }
}
