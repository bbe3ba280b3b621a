package nomadml.scheduler.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.Environment;
import nomadml.spec.ExitCode;

/** The trainer on this machine. */
public record Trainer(Path program) {
  /** This program's folder; its launcher sets it. */
  private static final String HOME = "NOMAD_ML_HOME";

  /**
   * What {@code NOMAD_ML_TRAINER_HOME} says, else the one beside this program: in the checkout, or
   * where both archives were unpacked.
   */
  public static Trainer find(Map<String, String> environment) {
    String home = environment.getOrDefault(HOME, "");
    String named = environment.getOrDefault(Environment.TRAINER_HOME, "");
    List<Path> places =
        named.isEmpty()
            ? Stream.of("../../../trainer/target/trainer", "../trainer")
                .filter(place -> !home.isEmpty())
                .map(place -> Path.of(home).resolve(place).normalize())
                .toList()
            : List.of(Path.of(named));
    return places.stream()
        .map(place -> place.resolve("bin/trainer"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Trainer::new)
        .orElseThrow(
            () ->
                new SchedulerFailure(
                    ExitCode.USAGE,
                    "there is no trainer in " + (places.isEmpty() ? "a folder known" : places),
                    "mvn package -DskipTests -pl trainer -am, or set "
                        + Environment.TRAINER_HOME
                        + " to the folder that holds its bin/trainer"));
  }
}
