package nomadml.scheduler.nomad;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import nomadml.scheduler.submit.Job;
import org.apache.http.client.methods.HttpGet;

/** Waits for a job and its allocations at once, by Nomad's blocking queries. */
final class Watch {
  private final NomadRest rest;

  Watch(NomadRest rest) {
    this.rest = rest;
  }

  /** The state it has now. */
  long now(Job job) throws IOException {
    return now(job.id(), job.namespace());
  }

  long now(String job, String namespace) throws IOException {
    long index = 0;
    for (String[] path : paths(job)) {
      index = Math.max(index, rest.get(Map.of("namespace", namespace), path).index());
    }
    return index;
  }

  /** The state after the next change, or the same when the time is over. */
  long next(Job job, long since, Duration patience) throws IOException {
    return next(job.id(), job.namespace(), since, patience);
  }

  long next(String job, String namespace, long since, Duration patience) throws IOException {
    Map<String, String> parameters = new HashMap<>();
    parameters.put("namespace", namespace);
    parameters.put("index", Long.toString(since));
    parameters.put("wait", Math.max(1, patience.toMillis()) + "ms");
    List<HttpGet> requests =
        paths(job).stream().map(path -> rest.waiting(patience, parameters, path)).toList();
    ExecutorService readers = Executors.newFixedThreadPool(requests.size());
    try {
      long index =
          readers.invokeAny(
              requests.stream()
                  .map(request -> (Callable<Long>) () -> rest.read(request).index())
                  .toList());
      return Math.max(since, index);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return since;
    } finally {
      requests.forEach(HttpGet::abort);
      readers.shutdownNow();
    }
  }

  private static List<String[]> paths(String job) {
    return List.of(new String[] {"job", job}, new String[] {"job", job, "allocations"});
  }
}
