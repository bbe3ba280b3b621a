package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Constraint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Names;

/**
 * Where a task finds the trainer of a version, and how each driver starts its supervisor.
 *
 * @param image for docker; every image brings the trainer along at {@link Names#TRAINER_MOUNT}
 */
record Trainer(String version, Driver driver, String image) {
  private static final String OUR_IMAGE = "nomad-ml/trainer:";

  private static final List<String> ARGUMENTS = List.of("supervise");

  static Trainer of(String version, Driver driver, JobFile file, boolean gpu) {
    String image = file.image();
    String ours = OUR_IMAGE + version + (gpu ? "-cuda" : "");
    return new Trainer(version, driver, image == null ? ours : image);
  }

  /** Whether the host volume is mounted into the task. */
  boolean isMounted() {
    return driver == Driver.EXEC || driver == Driver.JAVA;
  }

  /** The folder of `bin/` and `lib/`, as the task sees it. */
  String home() {
    return switch (driver) {
      case DOCKER -> Names.TRAINER_MOUNT;
      case EXEC, JAVA -> Names.TRAINER_MOUNT + "/" + version;
      case RAW_EXEC -> "${meta." + Names.META_TRAINER_FOLDER + "}/" + version;
    };
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
  Map<String, Object> configuration() {
    Map<String, Object> configuration = new LinkedHashMap<>();
    switch (driver) {
      case DOCKER -> {
        configuration.put("image", image);
        configuration.put("entrypoint", List.of(home() + "/bin/trainer"));
        configuration.put("args", ARGUMENTS);
        configuration.put("network_mode", "host");
      }
      case JAVA -> {
        configuration.put("class_path", home() + "/lib/*:" + home() + "/lib/supervisor/*");
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
