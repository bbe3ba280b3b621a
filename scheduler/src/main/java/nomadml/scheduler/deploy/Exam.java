package nomadml.scheduler.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;

/** Asks the new servers, and for comparison an old one, what is in the golden set. */
record Exam(Ports ports) {
  private static final String PREPROCESSING = "preprocessing.json";
  private static final Pattern RUN = Pattern.compile("runs:/([^/]+)/(.+)");
  private static final Pattern MODEL = Pattern.compile("models:/([^/@]+(?:/[^/]+|@[^/]+))/(.+)");

  /** How the accuracy gates do; a line for it too when there is none. */
  List<Gate.Result> results(Situation situation) {
    Wish wish = situation.deployment().wish();
    if (situation.ours().stream().noneMatch(Replica::serves)) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE, "no new server has an address yet", null);
    }
    GoldenSet golden = read(wish);
    double ours = accuracy(golden, wish.version(), wish, situation.ours());
    String previous = situation.deployment().previous();
    List<Replica> others = situation.stable();
    Double theirs =
        previous == null || previous.isEmpty() || others.isEmpty()
            ? null
            : accuracy(golden, previous, wish, others.subList(0, 1));
    List<Gate.Result> results = new ArrayList<>();
    for (Gate gate : wish.conditions()) {
      if (gate.metric().equals(Gate.ACCURACY)) {
        results.add(gate.judge(ours, theirs));
      }
    }
    if (results.isEmpty()) {
      results.add(new Gate.Result(true, "accuracy %.4f on the golden set".formatted(ours)));
    }
    return results;
  }

  /** Of the worst of them. */
  private double accuracy(GoldenSet golden, String version, Wish wish, List<Replica> replicas) {
    ModelVersion model = ports.registry().version(new ModelReference(wish.model(), version, null));
    List<String> classes = classes(model);
    return replicas.stream()
        .filter(Replica::serves)
        .mapToDouble(replica -> golden.accuracy(ports.predictions(), replica.address(), classes))
        .min()
        .orElse(Double.NaN);
  }

  private List<String> classes(ModelVersion model) {
    if (!ports.registry().files(model).contains(PREPROCESSING)) {
      return List.of();
    }
    byte[] content = Digests.read(ports.registry().open(model, PREPROCESSING), PREPROCESSING);
    List<String> classes = new ArrayList<>();
    try {
      for (JsonNode name : Json.MAPPER.readTree(content).path("classes")) {
        classes.add(name.asText());
      }
    } catch (IOException e) {
      return List.of(); // Somebody else's file of this name.
    }
    return classes;
  }

  /** Reads the golden set, wherever it is. */
  GoldenSet read(Wish wish) {
    String place = Objects.requireNonNull(wish.golden());
    return GoldenSet.parse(content(place), place, wish.label());
  }

  private byte[] content(String place) {
    Matcher run = RUN.matcher(place);
    if (run.matches()) {
      return Digests.read(ports.registry().open(run.group(1), run.group(2)), place);
    }
    Matcher model = MODEL.matcher(place);
    if (model.matches()) {
      ModelVersion version = ports.registry().version(ModelReference.parse(model.group(1)));
      return Digests.read(ports.registry().open(version, model.group(2)), place);
    }
    try {
      return Files.readAllBytes(Path.of(place));
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't read the golden set " + place,
          "a CSV file here, runs:/RUN/path or models:/NAME/VERSION/path",
          e);
    }
  }
}
