package nomadml.scheduler.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.JobFile.Event;
import nomadml.spec.Json;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** A notice in words and as JSON. */
record Words(Notice notice, URI link) implements Letter {
  @Override
  public String subject() {
    String cause = tag(Names.TAG_CAUSE);
    String why = cause == null || !isUnhappy() ? "" : " (" + cause + ")";
    return job() + " " + verb() + why;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(subject());
    String evidence = tag(Names.TAG_EVIDENCE);
    if (evidence != null && isUnhappy()) {
      text.append('\n').append(evidence);
    }
    String metrics = metrics();
    if (!metrics.isEmpty()) {
      text.append('\n').append(metrics);
    }
    return text.append('\n').append(link).toString();
  }

  @Override
  public ObjectNode json() {
    Run run = notice.run();
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("id", run.id() + "/" + notice.word());
    json.put("event", notice.word());
    json.put("job", job());
    json.put("run_id", run.id());
    json.put("run_name", run.name());
    json.put("experiment_id", run.experimentId());
    json.put("status", run.status());
    if (isUnhappy()) {
      json.put("cause", tag(Names.TAG_CAUSE));
      json.put("evidence", tag(Names.TAG_EVIDENCE));
    }
    json.put("started", run.started().toString());
    if (run.hasEnded()) {
      json.put("ended", run.ended().toString());
    }
    ObjectNode metrics = json.putObject("metrics");
    run.metrics().forEach(metrics::put);
    json.put("link", link.toString());
    json.put("text", text());
    return json;
  }

  private boolean isUnhappy() {
    return notice.event() == Event.FAILED || notice.event() == Event.KILLED;
  }

  private String verb() {
    return switch (notice.event()) {
      case FIRST_METRIC -> "has its first metric";
      case FINISHED -> "has finished";
      case FAILED -> "has failed";
      case KILLED -> "was stopped";
    };
  }

  private String job() {
    String job = tag(Names.TAG_JOB);
    return job == null ? notice.run().name() : job;
  }

  private @Nullable String tag(String name) {
    return notice.run().tags().get(name);
  }

  /** Those of the last epoch. */
  private String metrics() {
    return notice.run().metrics().entrySet().stream()
        .filter(metric -> metric.getKey().matches("(train|validation|test)_.*"))
        .sorted(Map.Entry.comparingByKey())
        .map(metric -> String.format(Locale.ROOT, "%s %.4g", metric.getKey(), metric.getValue()))
        .collect(Collectors.joining(", "));
  }
}
