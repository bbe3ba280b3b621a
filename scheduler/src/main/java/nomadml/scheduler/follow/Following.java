package nomadml.scheduler.follow;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Allocation;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Job;
import nomadml.spec.ExitCode;
import nomadml.spec.Progress;
import nomadml.spec.ProgressLine;
import org.jspecify.annotations.Nullable;

/** One job being followed: a thread watches it, one reads each task's output, this one shows. */
final class Following implements AutoCloseable {
  private static final Duration GIVE_UP = Duration.ofMinutes(10);

  private final Cluster cluster;
  private final Job job;
  private final Set<Cluster.Stream> streams;
  private final Display display;
  private final Clock clock;
  private final Ending ending;
  private final JobWatch watch;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Map<Signal.Source, AllocationLog> logs = new LinkedHashMap<>();
  private final Set<Signal.Source> read = new HashSet<>();

  /** Told after the last word: shown only when it was not the last. */
  private final List<String> held = new ArrayList<>();

  private @Nullable View view;
  private @Nullable Instant unansweredSince;
  private boolean vanished;

  Following(Cluster cluster, Job job, Set<Cluster.Stream> streams, Display display, Clock clock) {
    this.cluster = cluster;
    this.job = job;
    this.streams = streams;
    this.display = display;
    this.clock = clock;
    this.ending = new Ending(cluster, job, display, clock);
    this.watch = new JobWatch(cluster, job, signals::add);
  }

  Outcome untilItEnds() {
    start(watch, "watch " + job.id());
    while (true) {
      Signal signal = next();
      if (signal != null) {
        accept(signal);
      }
      if (signals.isEmpty()) {
        if (vanished) {
          return ending.vanished();
        }
        Optional<Outcome> outcome =
            view == null ? Optional.empty() : ending.of(view, read.containsAll(logs.keySet()));
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
    }
  }

  private @Nullable Signal next() {
    try {
      return signals.poll(500, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SchedulerFailure(
          ExitCode.INTERRUPTED, "stopped following " + job.id() + "; it goes on", again());
    }
  }

  private void accept(Signal signal) {
    if (signal instanceof Signal.Viewed viewed) {
      viewed(viewed.view());
    } else if (signal instanceof Signal.Line line) {
      line(line);
    } else if (signal instanceof Signal.LogEnded end) {
      read.add(end.source());
      if (end.problem() != null) {
        display.state("its output can't be read to the end: " + end.problem());
      }
    } else if (signal instanceof Signal.Unanswered unanswered) {
      unanswered(unanswered.failure());
    } else {
      vanished = true;
    }
  }

  private void viewed(View now) {
    if (unansweredSince != null) {
      unansweredSince = null;
      display.state(cluster.name() + " answers again");
    }
    StateChanges.between(view, now).forEach(ending.isSaid() ? held::add : display::state);
    view = now;
    now.newest().filter(View::hasStarted).ifPresent(this::listen);
    for (Allocation allocation : now.allocations()) {
      for (Cluster.Stream stream : streams) {
        AllocationLog log = logs.get(new Signal.Source(allocation.id(), stream));
        if (log != null && allocation.status() == Allocation.Status.LOST) {
          log.close();
        } else if (log != null
            && (allocation.status().isTerminal() || !isNewest(allocation, now))) {
          log.taskEnded();
        }
      }
    }
  }

  private static boolean isNewest(Allocation allocation, View view) {
    return view.newest().filter(allocation::equals).isPresent();
  }

  private void listen(Allocation allocation) {
    for (Cluster.Stream stream : streams) {
      Signal.Source source = new Signal.Source(allocation.id(), stream);
      if (!logs.containsKey(source) && allocation.status() != Allocation.Status.LOST) {
        AllocationLog log = new AllocationLog(cluster, allocation, stream, signals::add);
        logs.put(source, log);
        start(log, "logs " + allocation.id() + " " + stream);
      }
    }
  }

  private void line(Signal.Line line) {
    Optional<Progress> progress = ProgressLine.read(line.text());
    if (progress.isPresent()) {
      progress(progress.get(), line.text());
    } else if (streams.size() > 1 && line.source().stream() == Cluster.Stream.STDERR) {
      display.errorOutput(line.text());
    } else {
      display.output(line.text());
    }
  }

  /** Nomad starts a task once more that failed for good: it says the same again. */
  private void progress(Progress progress, String line) {
    boolean isSaid = ending.isSaid();
    ending.told(progress);
    if (!ending.isSaid()) {
      held.forEach(display::state);
      held.clear();
    }
    if (!isSaid || !ending.isSaid()) {
      display.progress(progress, line);
    }
  }

  private void unanswered(SchedulerFailure failure) {
    if (view == null) {
      throw failure;
    }
    if (unansweredSince == null) {
      unansweredSince = clock.instant();
      display.state(failure.getMessage() + "; trying again");
    } else if (clock.instant().isAfter(unansweredSince.plus(GIVE_UP))) {
      String silence = " has not answered for " + GIVE_UP.toMinutes() + " minutes";
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          cluster.name() + silence + "; the job goes on",
          again(),
          failure);
    }
  }

  private String again() {
    return "follow it again: submit-job logs -f " + job.id();
  }

  private static void start(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    watch.close();
    logs.values().forEach(AllocationLog::close);
    display.end();
  }
}
