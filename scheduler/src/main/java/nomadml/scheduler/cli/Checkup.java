package nomadml.scheduler.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.notify.Messages;
import nomadml.scheduler.notify.Notifier;
import nomadml.scheduler.reconcile.GaugeGroups;
import nomadml.scheduler.reconcile.PushgatewayGroups;
import nomadml.scheduler.reconcile.Reconciler;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Node;
import nomadml.scheduler.submit.RunTracker;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** Asks every server how it does, and keeps those that answer for the reconciler. */
final class Checkup {
  /** Names a file of names and addresses; only the reconciler's job has one. */
  private static final String NOTIFY = "NOMAD_ML_NOTIFY";

  private final Platform platform;
  private final List<Finding> findings = new ArrayList<>();
  private @Nullable Cluster cluster;
  private @Nullable RunTracker tracker;
  private @Nullable GaugeGroups gauges;

  Checkup(Platform platform) {
    this.platform = platform;
  }

  List<Finding> findings() {
    check("cluster", this::cluster);
    check("consul", this::consul);
    check("mlflow", this::mlflow);
    check("pushgateway", this::pushgateway);
    return List.copyOf(findings);
  }

  /** With what answered; empty when the cluster did not. */
  Optional<Reconciler> reconciler() {
    return Optional.ofNullable(cluster)
        .map(
            known ->
                new Reconciler(
                    known,
                    Optional.ofNullable(tracker),
                    Optional.ofNullable(gauges),
                    platform.clock()));
  }

  /** Empty when this process is not the one that tells people, or MLflow did not answer. */
  Optional<Notifier> notifier() {
    String file = platform.environment().getOrDefault(NOTIFY, "");
    if (file.isEmpty() || tracker == null || cluster == null) {
      return Optional.empty();
    }
    Messages messages = Messages.from(Path.of(file));
    return Optional.of(new Notifier(tracker, messages, cluster.identities(), platform.clock()));
  }

  private void check(String subject, Supplier<Finding> question) {
    try {
      findings.add(question.get());
    } catch (SchedulerFailure e) {
      findings.add(new Finding(subject, Level.PROBLEM, String.valueOf(e.getMessage()), e.hint()));
    }
  }

  private Finding cluster() {
    Cluster asked = platform.cluster();
    List<Node> nodes = asked.nodes();
    cluster = asked;
    List<Node> ready = nodes.stream().filter(node -> node.status().equals("ready")).toList();
    long withTrainer =
        ready.stream().filter(node -> node.trainers().contains(Version.number())).count();
    String message = asked.name() + ": " + ready.size() + " of " + nodes.size() + " nodes ready";
    if (ready.isEmpty()) {
      return new Finding("cluster", Level.PROBLEM, message, "see why: submit-job nodes");
    }
    message += ", " + withTrainer + " with trainer " + Version.number();
    return withTrainer > 0
        ? new Finding("cluster", Level.OK, message, null)
        : new Finding("cluster", Level.WARNING, message, "lay it on the nodes: ./setup.sh up");
  }

  private Finding consul() {
    Optional<ServiceDirectory> directory = platform.services();
    if (directory.isEmpty()) {
      return new Finding(
          "consul",
          Level.WARNING,
          "none is known, so servers are found by address only",
          "name it by --consul or CONSUL_HTTP_ADDR, or start one: ./setup.sh up");
    }
    List<ServiceDirectory.Service> services = directory.get().services();
    List<String> failing =
        services.stream()
            .filter(service -> !service.status().equals("passing"))
            .map(service -> service.name() + " on " + service.node() + " is " + service.status())
            .toList();
    return failing.isEmpty()
        ? new Finding("consul", Level.OK, services.size() + " services pass", null)
        : new Finding(
            "consul",
            Level.WARNING,
            String.join(", ", failing),
            "see what their checks say: submit-job services");
  }

  private Finding mlflow() {
    Optional<RunTracker> known = platform.tracker();
    if (known.isEmpty()) {
      return new Finding(
          "mlflow",
          Level.WARNING,
          "none is known: runs are kept in their spool only",
          "name it by --mlflow or MLFLOW_TRACKING_URI, or start one: ./setup.sh up");
    }
    int open = known.get().unfinished().size();
    tracker = known.get();
    return new Finding("mlflow", Level.OK, known.get().name() + ": " + open + " open runs", null);
  }

  private Finding pushgateway() {
    Optional<URI> address =
        Optional.ofNullable(platform.environment().get("NOMAD_ML_PUSHGATEWAY"))
            .map(URI::create)
            .or(() -> platform.services().flatMap(known -> known.find(Names.PUSHGATEWAY_SERVICE)));
    if (address.isEmpty()) {
      return new Finding(
          "pushgateway",
          Level.WARNING,
          "none is known: no live metrics",
          "start one: ./setup.sh up");
    }
    GaugeGroups groups = new PushgatewayGroups(address.get());
    int count = groups.groups().size();
    gauges = groups;
    return new Finding("pushgateway", Level.OK, groups.name() + ": " + count + " runs", null);
  }

  /** How bad a finding is. */
  enum Level {
    OK,
    WARNING,
    PROBLEM
  }

  /** What a server answered. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Finding(String subject, Level level, String message, @Nullable String hint) {}
}
