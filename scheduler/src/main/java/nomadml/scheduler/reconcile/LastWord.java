package nomadml.scheduler.reconcile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;

/** The last progress line of a job's last task, which knows its cause better than Nomad does. */
public final class LastWord {
  private LastWord() {}

  /** Null when the task told nothing, or its node can't be asked any more. */
  public static @Nullable Progress of(Cluster cluster, List<Allocation> allocations) {
    if (allocations.isEmpty()) {
      return null;
    }
    Allocation last = allocations.get(allocations.size() - 1);
    Progress word = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                cluster.logs(last, Cluster.Stream.STDOUT, 0, false), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        word = ProgressLine.read(line).orElse(word);
      }
      return word;
    } catch (IOException | SchedulerFailure e) {
      return word;
    }
  }
}
