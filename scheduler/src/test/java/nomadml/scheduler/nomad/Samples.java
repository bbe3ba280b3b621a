package nomadml.scheduler.nomad;

import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import nomadml.scheduler.nomad.Traits.Device;
import nomadml.scheduler.nomad.Traits.Machine;
import nomadml.scheduler.submit.JobRequest;
import nomadml.scheduler.submit.Origin;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.JobFileException;
import nomadml.spec.JobFileReader;

/** Job files, requests and nodes for tests. */
final class Samples {
  static final String VERSION = "1.2.3";
  static final JobTranslation TRANSLATION = new JobTranslation(VERSION, "default", null, null);

  static final String TRAIN =
      """
      name: digits
      train:
        data:  {format: csv, path: digits.csv, label: digit}
        model: {type: mlp}
      """;

  private Samples() {}

  static JobFile file(String yaml, String... overrides) {
    try {
      return JobFileReader.read(yaml, "job.yaml", List.of(overrides));
    } catch (JobFileException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  static JobRequest request(JobFile file) {
    return new JobRequest(
        file,
        "digits-0a1b2c3d",
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "71d0c7ab52b44f4d8b0d7e4a7a7a3c11",
        URI.create(
            "http://mlflow.example:5000/#/experiments/1/runs/71d0c7ab52b44f4d8b0d7e4a7a7a3c11"),
        URI.create(
            "http://grafana.example:3000/d/training?var-run_id=71d0c7ab52b44f4d8b0d7e4a7a7a3c11"),
        List.of(new Input("digits.csv", "9f86d081884c7d65", 4711, "inputs/digits.csv")),
        new Origin("ada", "digits.yaml", "5f0c1e2d-dirty"),
        "47308792-1334-a740-2fd5-5ee60a6cdf93,d96a31c1-5986-6d95-913f-5f81a7a25f42");
  }

  static Translation translate(JobFile file, Machine... machines) {
    return TRANSLATION.translate(request(file), cluster(machines));
  }

  static Traits cluster(Machine... machines) {
    return new Traits(List.of(machines), 0);
  }

  /** A node of 4000 MHz, 8 GiB and 20 GiB of disk with the trainer laid for every driver. */
  static Machine machine(String name, Driver first, Driver... more) {
    return machine(name, EnumSet.of(first, more), List.of());
  }

  static Machine gpuMachine(Driver driver, String model, int count, long memoryMebibytes) {
    Device device = new Device("nvidia", "gpu", model, count, memoryMebibytes);
    return machine(model, EnumSet.of(driver), List.of(device));
  }

  private static Machine machine(String name, Set<Driver> drivers, List<Device> devices) {
    return new Machine(
        name, "default", "dc1", drivers, true, true, true, 4000, 8192, 20_480, devices);
  }

  static Machine withoutTrainer(String name) {
    return new Machine(
        name,
        "default",
        "dc1",
        EnumSet.of(Driver.RAW_EXEC, Driver.EXEC),
        false,
        true,
        true,
        4000,
        8192,
        20_480,
        List.of());
  }
}
