package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Constraint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import nomadml.scheduler.deploy.Wish;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Names;

/** Where a task finds the model server of a version, and how each driver starts it. */
record ModelServer(String version, Driver driver, boolean gpu) {
  private static final String IMAGE = "nomad-ml/serving:";
  private static final String IMAGE_HOME = "/opt/nomad-ml/serving";
  private static final String FOLDER = "/serving/";

  /** Whether the host volume is mounted into the task. */
  boolean isMounted() {
    return driver == Driver.EXEC;
  }

  private String program() {
    String home =
        switch (driver) {
          case DOCKER -> IMAGE_HOME;
          case RAW_EXEC -> "${meta." + Names.META_TRAINER_FOLDER + "}" + FOLDER + version;
          default -> Names.TRAINER_MOUNT + FOLDER + version;
        };
    return home + "/bin/serving";
  }

  /** A node has it; an image brings it along. */
  List<Constraint> constraints() {
    List<Constraint> constraints = new ArrayList<>();
    if (driver != Driver.DOCKER) {
      constraints.add(
          new Constraint()
              .setLTarget("${meta." + Names.META_SERVINGS + "}")
              .setOperand("set_contains")
              .setRTarget(version));
    }
    if (driver == Driver.RAW_EXEC) {
      constraints.add(
          new Constraint()
              .setLTarget("${meta." + Names.META_TRAINER_FOLDER + "}")
              .setOperand("is_set"));
    }
    return constraints;
  }

  /** The task's driver configuration. */
  Map<String, Object> configuration(Wish wish) {
    Map<String, Object> configuration = new LinkedHashMap<>();
    if (driver == Driver.DOCKER) {
      configuration.put("image", IMAGE + version + (gpu ? "-cuda" : ""));
      configuration.put("entrypoint", List.of(program()));
      configuration.put("network_mode", "host");
    } else {
      configuration.put("command", program());
    }
    configuration.put("args", arguments(wish));
    return configuration;
  }

  private static List<String> arguments(Wish wish) {
    List<String> arguments = new ArrayList<>();
    add(arguments, "model", "models:/" + wish.model() + "/" + wish.version());
    add(arguments, "digest", wish.digest());
    add(arguments, "name", wish.model());
    add(arguments, "host", "${NOMAD_IP_" + ServingTranslation.PORT + "}");
    add(arguments, "port", "${NOMAD_PORT_" + ServingTranslation.PORT + "}");
    new TreeMap<>(wish.settings().server()).forEach((name, value) -> add(arguments, name, value));
    return arguments;
  }

  private static void add(List<String> arguments, String name, String value) {
    arguments.add("--" + name);
    arguments.add(value);
  }
}
