package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Constraint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** Where a task finds the trainer of a version, and how each driver starts its supervisor. */
record Trainer(String version, Driver driver) {
  private static final List<String> ARGUMENTS = List.of("supervise");

  /** Whether the host volume is mounted into the task. */
  boolean isMounted() {
    return driver == Driver.EXEC || driver == Driver.JAVA;
  }

  /** The folder of `bin/` and `lib/`, as the task sees it. */
  String home() {
    String trainers =
        driver == Driver.RAW_EXEC
            ? "${meta." + Names.META_TRAINER_FOLDER + "}"
            : Names.TRAINER_MOUNT;
    return trainers + "/" + version;
  }

  /** A node has it; an image brings it along. */
  List<Constraint> constraints() {
    List<Constraint> constraints = new ArrayList<>();
    if (driver != Driver.DOCKER) {
      constraints.add(
          new Constraint()
              .setLTarget("${meta." + Names.META_TRAINERS + "}")
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
  Map<String, Object> configuration(@Nullable String image) {
    Map<String, Object> configuration = new LinkedHashMap<>();
    switch (driver) {
      case DOCKER -> {
        if (image != null) {
          configuration.put("image", image);
        }
        configuration.put("entrypoint", List.of(home() + "/bin/trainer"));
        configuration.put("args", ARGUMENTS);
        configuration.put("network_mode", "host");
      }
      case JAVA -> {
        configuration.put("class_path", home() + "/lib/*");
        configuration.put("class", "nomadml.trainer.cli.Main");
        configuration.put("args", ARGUMENTS);
        configuration.put("jvm_options", List.of("-Xmx64m", "-XX:+UseSerialGC"));
      }
      case EXEC, RAW_EXEC -> {
        configuration.put("command", home() + "/bin/trainer");
        configuration.put("args", ARGUMENTS);
      }
    }
    return configuration;
  }
}
