package nomadml.trainer;

import java.nio.file.Path;
import java.util.List;
import nomadml.spec.Train;
import org.jspecify.annotations.Nullable;

/** Job files the tests train: the digits example, and what a test changes in it. */
public record Jobs(
    Train.Data data,
    Train.Model model,
    Train.Optimizer optimizer,
    int epochs,
    Train.@Nullable EarlyStopping earlyStopping,
    Train.Checkpoint checkpoint,
    Train.@Nullable Device device,
    int logEverySteps) {

  /** The repository's examples: real data of 1,797 digits and 442 patients. */
  public static final Path EXAMPLES = Path.of("../examples");

  public static final Train.Schedule CONSTANT =
      new Train.Schedule(Train.Shape.CONSTANT, 0, 1, 1, 0);

  public static Jobs digits() {
    return new Jobs(
        csv("data/digits.csv.gz", "digit"),
        mlp(128, 64),
        adam(1e-3),
        20,
        null,
        new Train.Checkpoint(1, 3),
        Train.Device.CPU,
        0);
  }

  public static Train.Data csv(String path, String label) {
    return new Train.Data(Train.Format.CSV, path, label, null, List.of(), 0.2, 32);
  }

  public static Train.Data folder(Train.Format format, String path) {
    return new Train.Data(format, path, null, null, List.of(), 0.25, 32);
  }

  public static Train.Model mlp(Integer... hidden) {
    return new Train.Model(Train.Architecture.MLP, List.of(hidden), 0, null);
  }

  public static Train.Model model(Train.Architecture type, @Nullable String path) {
    return new Train.Model(type, List.of(), 0, path);
  }

  public static Train.Optimizer adam(double learningRate) {
    return new Train.Optimizer(Train.Method.ADAM, learningRate, 0, 0, CONSTANT);
  }

  public Jobs with(Train.Data data) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs with(Train.Model model) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs with(Train.Optimizer optimizer) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs with(Train.EarlyStopping earlyStopping) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs with(Train.Checkpoint checkpoint) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs with(Train.Device device) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs epochs(int epochs) {
    return new Jobs(
        data, model, optimizer, epochs, earlyStopping, checkpoint, device, logEverySteps);
  }

  public Jobs logEverySteps(int steps) {
    return new Jobs(data, model, optimizer, epochs, earlyStopping, checkpoint, device, steps);
  }

  public Train build() {
    return new Train(
        data,
        model,
        null,
        optimizer,
        epochs,
        64,
        earlyStopping,
        checkpoint,
        42,
        device,
        logEverySteps);
  }
}
