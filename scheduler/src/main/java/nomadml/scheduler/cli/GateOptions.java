package nomadml.scheduler.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Settings;
import nomadml.scheduler.deploy.Wish;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On which conditions a version is promoted, as flags say it. */
final class GateOptions {
  @Option(
      names = "--gate",
      paramLabel = "CONDITION",
      description =
          "must hold before the promotion: error_rate<=0.01, p95<=50ms, p95<=1.2x of the running"
              + " version, requests>=200, accuracy>=0.97, accuracy>=stable-0.005")
  private List<String> gates = new ArrayList<>();

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description =
          "a CSV file whose answers are known, runs:/RUN/path or models:/NAME/VERSION/path")
  private @Nullable String golden;

  @Option(
      names = "--golden-label",
      paramLabel = "COLUMN",
      description = "the column with the answer (default: ${DEFAULT-VALUE})")
  private String label = "label";

  @Option(
      converter = TimeSpanConverter.class,
      names = "--gate-window",
      paramLabel = "TIME",
      description = "requests are measured for so long at least (default: ${DEFAULT-VALUE})")
  private TimeSpan window = TimeSpan.parse("1m");

  @Option(
      converter = TimeSpanConverter.class,
      names = "--gate-deadline",
      paramLabel = "TIME",
      description = "gates that are not decided by then do not hold (default: ${DEFAULT-VALUE})")
  private TimeSpan patience = TimeSpan.parse("10m");

  @Option(
      converter = TimeSpanConverter.class,
      names = "--approve",
      arity = "0..1",
      fallbackValue = "24h",
      paramLabel = "DEADLINE",
      description =
          "waits for a human's submit-job deploy promote, for so long (${FALLBACK-VALUE} when"
              + " nothing is said), and rejects it then")
  private @Nullable TimeSpan approve;

  @Option(
      names = "--alias",
      paramLabel = "NAME",
      description =
          "of the model version in MLflow, moved after the promotion; \"\" moves none (default:"
              + " ${DEFAULT-VALUE})")
  private String alias = "champion";

  @Option(
      names = "--notify",
      split = ",",
      paramLabel = "NAME",
      description = "names of the address book NOMAD_ML_NOTIFY that are told")
  private List<String> tell = new ArrayList<>();

  Wish wish(ModelVersion version, String digest, Settings settings) {
    return new Wish(
        version.name(),
        version.version(),
        digest,
        settings,
        gates,
        place(golden),
        label,
        window,
        patience,
        approve,
        alias.strip(),
        tell.stream().filter(name -> !name.isBlank()).toList());
  }

  /** The same file wherever the command is typed. */
  private static @Nullable String place(@Nullable String golden) {
    return golden == null || golden.matches("(runs|models):/.*")
        ? golden
        : Path.of(golden).toAbsolutePath().normalize().toString();
  }
}
