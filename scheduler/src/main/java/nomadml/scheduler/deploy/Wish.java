package nomadml.scheduler.deploy;

import java.util.List;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;

/**
 * What is to be deployed and on which conditions. Two that are equal are the same deployment: the
 * second one goes on with the first.
 *
 * @param gates as they were written
 * @param golden a CSV file, {@code runs:/…} or {@code models:/…}; null when there is none
 * @param label the column of the golden set that holds the truth
 * @param window how long requests are measured at least
 * @param patience how long gates may take
 * @param approve how long a human has; null asks nobody
 * @param alias moved after the promotion; empty moves none
 * @param tell names of the address book
 */
public record Wish(
    String model,
    String version,
    String digest,
    Settings settings,
    List<String> gates,
    @Nullable String golden,
    String label,
    TimeSpan window,
    TimeSpan patience,
    @Nullable TimeSpan approve,
    String alias,
    List<String> tell) {

  public Wish {
    gates = List.copyOf(gates);
    tell = List.copyOf(tell);
    List<Gate> conditions = gates.stream().map(Gate::parse).toList();
    Settings.check(
        golden != null || conditions.stream().allMatch(Gate::isAboutRequests),
        "--gate accuracy without a golden set",
        "--golden FILE.csv names one");
    Settings.check(
        settings.canary() > 0 || (gates.isEmpty() && approve == null),
        "--canary 0 with gates or an approval",
        "they are about canaries: --canary 1");
    Settings.check(
        window.duration().compareTo(patience.duration()) <= 0,
        "--gate-window " + window,
        "at most --gate-deadline, " + patience);
  }

  public String service() {
    return ModelReference.service(model);
  }

  List<Gate> conditions() {
    return gates.stream().map(Gate::parse).toList();
  }

  /** Back to a version that was judged before. */
  Wish again(boolean atOnce) {
    return new Wish(
        model,
        version,
        digest,
        atOnce ? settings.atOnce() : settings,
        List.of(),
        null,
        label,
        window,
        patience,
        null,
        alias,
        tell);
  }
}
