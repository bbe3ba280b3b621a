package nomadml.trainer.training;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import nomadml.spec.Progress;
import nomadml.trainer.Jobs;

/** A training in this process, and what it told. */
record Trained(Training.Outcome outcome, List<Progress> progress, Path folder) {

  static Trained run(Jobs job, Path data, Path folder) throws IOException {
    return run(job, data, folder, () -> false);
  }

  static Trained run(Jobs job, Path data, Path folder, BooleanSupplier stop) throws IOException {
    List<Progress> progress = Collections.synchronizedList(new ArrayList<>());
    Clock clock = Clock.systemUTC();
    Training.Folders folders =
        new Training.Folders(data, folder.resolve("checkpoints"), folder.resolve("model"));
    try (Reporter reporter = new Reporter(clock, progress::add)) {
      Training training =
          new Training(job.build(), folders, reporter, stop, clock, LoadingEngine.begin());
      Training.Outcome outcome = training.run();
      reporter.flush();
      return new Trained(outcome, progress, folder);
    }
  }

  List<Progress> of(Progress.Kind kind) {
    return progress.stream().filter(line -> line.kind() == kind).toList();
  }

  /** Metrics of an epoch that do not depend on the clock. */
  List<Map<String, Double>> losses() {
    return of(Progress.Kind.EPOCH).stream()
        .map(
            line -> {
              Map<String, Double> metrics = new TreeMap<>(requireNonNull(line.metrics()));
              metrics.remove("samples_per_second");
              return metrics;
            })
        .toList();
  }

  double end(String metric) {
    Progress end = of(Progress.Kind.FINISHED).get(0);
    return requireNonNull(requireNonNull(end.metrics()).get(metric));
  }

  Path network(long step) {
    return folder.resolve("checkpoints").resolve(Long.toString(step)).resolve(TrainingLoop.NETWORK);
  }
}
