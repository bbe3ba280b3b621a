package nomadml.scheduler.follow;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.Progress;

/** Progress in words, one line each. */
public final class Wording {
  private static final List<String> FIRST =
      List.of("train_loss", "validation_loss", "train_accuracy", "validation_accuracy");
  private static final List<String> LEFT_OUT =
      List.of("samples_total", "samples_per_second", "learning_rate");

  private Wording() {}

  /** What a person is told; nothing for what only programs want. */
  public static Optional<String> of(Progress progress) {
    return switch (progress.kind()) {
      case ATTEMPT -> Optional.of(attempt(progress));
      case STARTED -> Optional.of(started(progress));
      case RESUMED -> Optional.of("goes on from its checkpoint at " + place(progress));
      case STEP, EPOCH -> Optional.of((place(progress) + "  " + metrics(progress)).strip());
      case CHECKPOINT -> Optional.empty();
      case WARNING -> Optional.of("warning: " + said(progress, "something is not as it should be"));
      case STOPPED -> Optional.of(said(progress, "stopped after a checkpoint; it can be resumed"));
      case FINISHED -> Optional.of(said(progress, "finished"));
      case FAILED ->
          Optional.of(
              "failed: "
                  + (progress.cause() == null ? "" : progress.cause().word() + ": ")
                  + said(progress, "no reason given"));
    };
  }

  /** {@code loss 0.1234} for {@code train_loss}; accuracies in percent. */
  static String metric(String key, double value) {
    String name = key.startsWith("train_") ? key.substring("train_".length()) : key;
    return name.replace('_', ' ') + " " + number(key, value);
  }

  static String number(String key, double value) {
    if (key.endsWith("accuracy")) {
      return String.format(Locale.ROOT, "%.1f %%", value * 100);
    }
    return Math.abs(value) >= 1e4 && Double.isFinite(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  /** The metrics worth a person's look, the usual ones first. */
  public static List<String> metrics(Map<String, Double> metrics) {
    List<String> words = new ArrayList<>();
    for (String key : FIRST) {
      if (metrics.containsKey(key)) {
        words.add(metric(key, metrics.getOrDefault(key, Double.NaN)));
      }
    }
    metrics.forEach(
        (key, value) -> {
          if (!FIRST.contains(key) && !LEFT_OUT.contains(key) && !key.startsWith("system/")) {
            words.add(metric(key, value));
          }
        });
    return words;
  }

  /** The one or two metrics a result is judged by. */
  public static List<String> results(Map<String, Double> metrics) {
    for (String kind : List.of("accuracy", "r2", "loss")) {
      for (String split : List.of("validation_", "train_")) {
        Double value = metrics.get(split + kind);
        if (value != null) {
          return List.of(metric(split + kind, value));
        }
      }
    }
    List<String> all = metrics(metrics);
    return all.subList(0, Math.min(2, all.size()));
  }

  private static String metrics(Progress progress) {
    Map<String, Double> metrics = progress.metrics() == null ? Map.of() : progress.metrics();
    List<String> words = new ArrayList<>(metrics(metrics));
    Double speed = metrics.get("samples_per_second");
    if (speed != null) {
      words.add(String.format(Locale.ROOT, "%,.0f samples/s", speed));
    }
    return String.join("  ", words);
  }

  private static String attempt(Progress progress) {
    String number = fact(progress, "attempt");
    String node = fact(progress, "node");
    return "attempt"
        + (number.isEmpty() ? "" : " " + number)
        + (node.isEmpty() ? "" : " on " + node);
  }

  private static String started(Progress progress) {
    List<String> words = new ArrayList<>();
    String device = fact(progress, "device");
    words.add(device.isEmpty() ? "trains" : "trains on " + device);
    String reason = fact(progress, "device_reason");
    if (!reason.isEmpty()) {
      words.set(0, words.get(0) + " (" + reason + ")");
    }
    for (String key : List.of("parameters", "train_rows", "validation_rows")) {
      String number = fact(progress, key);
      if (!number.isEmpty()) {
        words.add(number + " " + key.replace('_', ' '));
      }
    }
    return String.join(", ", words);
  }

  private static String place(Progress progress) {
    String total =
        progress.epochs() == null || progress.epoch() == null ? "" : "/" + progress.epochs();
    String pad = "%" + Math.max(1, total.length() - 1) + "d";
    String epoch = progress.epoch() == null ? "" : String.format("epoch " + pad, progress.epoch());
    boolean isBetween = progress.kind() != Progress.Kind.EPOCH || epoch.isEmpty();
    String step = progress.step() != null && isBetween ? " step " + progress.step() : "";
    return (epoch + total + step).strip();
  }

  private static String fact(Progress progress, String key) {
    return progress.facts() == null ? "" : progress.facts().getOrDefault(key, "");
  }

  private static String said(Progress progress, String fallback) {
    return progress.message() == null ? fallback : progress.message();
  }
}
