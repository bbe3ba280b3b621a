package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFileReaderTest {
  private static final String DIGITS =
      """
      name: digits-mlp
      experiment: digits
      train:
        data:      {format: csv, path: data/digits.csv.gz, label: digit, validation_split: 0.2}
        model:     {type: mlp, hidden: [128, 64]}
        optimizer: {type: adam, learning_rate: 1e-3, schedule: {type: cosine, warmup_epochs: 1}}
        epochs: 20
        batch_size: 64
        early_stopping: {metric: validation_loss, patience: 5}
        checkpoint: {every_epochs: 1, keep: 3}
        seed: 42
      resources: {cpu: 2000, memory: 2GiB, gpu: {count: 1, model: H200, memory: ">=40GiB", required: false}}
      retry:     {attempts: 3, on: [node_lost, preempted, out_of_memory]}
      time_limit: 2h
      priority: 50
      """;

  private static final String SHORTEST =
      """
      name: short
      train:
        data: {format: csv, path: a.csv, label: y}
        model: {type: mlp}
      """;

  private static final String RESOLVED =
      """
      {
        "name": "short",
        "experiment": "short",
        "train": {
          "data": {"format": "csv", "path": "a.csv", "label": "y", "features": [], "categorical": [], "max_categories": 64,
            "missing_indicator": false, "validation_split": 0.2, "image_size": 32, "test_split": 0.0, "in_memory": "auto",
            "text": {"tokens": "words", "sequence_length": 128, "vocabulary_size": 20000, "minimum_frequency": 2, "lower_case": true}, "options": {}},
          "model": {"type": "mlp", "hidden": [128, 64], "stem": "auto",
            "width": 128, "layers": 2, "heads": 4, "bidirectional": false, "pooling": "mean", "options": {}},
          "optimizer": {
            "type": "adam",
            "learning_rate": 0.001,
            "momentum": 0.0,
            "weight_decay": 0.0,
            "schedule": {"type": "constant", "warmup_epochs": 0.0, "step_epochs": 10, "factor": 0.1, "minimum": 0.0, "patience": 3},
            "accumulate": 1,
            "clip_norm": 0.0
          },
          "epochs": 10,
          "batch_size": 32, "precision": "float32",
          "checkpoint": {"every_epochs": 1, "keep": 3, "every_minutes": 0.0},
          "seed": 0,
          "log_every_steps": 0,
          "label_smoothing": 0.0,
          "class_weights": "none",
          "metrics": [], "custom_metrics": [], "extensions": []
        },
        "inputs": [],
        "env": {},
        "secrets": {},
        "resources": {"cpu": 1000, "memory": "1GiB", "disk": "1GiB"},
        "retry": {"attempts": 3, "on": ["node_lost", "preempted", "out_of_memory", "native_crash", "drained"]},
        "priority": 50,
        "placement": {"datacenters": ["*"], "constraints": []},
        "notify": [],
        "nomad": {}
      }
      """;

  @Test
  void readsEveryField() throws JobFileException {
    JobFile job = JobFileReader.read(DIGITS, "job.yaml", List.of());
    Train train = Objects.requireNonNull(job.train());
    assertThat(train.optimizer().learningRate()).isEqualTo(1e-3);
    assertThat(train.optimizer().schedule())
        .isEqualTo(new Train.Schedule(Train.Shape.COSINE, 1, 10, 0.1, 0, 3));
    assertThat(train.model().hidden()).containsExactly(128, 64);
    assertThat(job.resources().gpu()).isEqualTo(new JobFile.Gpu(1, "H200", ">=40GiB", false));
    assertThat(job.retry().on())
        .containsExactly(
            FailureCause.NODE_LOST, FailureCause.PREEMPTED, FailureCause.OUT_OF_MEMORY);
    assertThat(job.timeLimit()).isEqualTo(new TimeSpan(Duration.ofHours(2)));
  }

  @Test
  void letsTheUserChooseThePushgateway() throws JobFileException {
    JobFile job =
        JobFileReader.read(
            SHORTEST, "job.yaml", List.of("env.NOMAD_ML_PUSHGATEWAY=http://gauges:9091"));
    assertThat(job.env()).containsEntry("NOMAD_ML_PUSHGATEWAY", "http://gauges:9091");
  }

  @Test
  void fillsInEveryDefault() throws Exception {
    JobFile job = JobFileReader.read(SHORTEST, "job.yaml", List.of());
    assertThat(Json.MAPPER.readTree(Json.MAPPER.writeValueAsString(job)))
        .isEqualTo(Json.MAPPER.readTree(RESOLVED));
    assertThat(Json.MAPPER.readValue(RESOLVED, JobFile.class)).isEqualTo(job);
  }

  @Test
  void takesAScheduleInOneWordOrMore() throws JobFileException {
    assertThat(JobFileReader.read(SHORTEST, "job.yaml", List.of()).schedule()).isNull();
    assertThat(
            JobFileReader.read(SHORTEST + "schedule: '0 3 * * *'\n", "job.yaml", List.of())
                .schedule())
        .isEqualTo(new JobFile.Schedule("0 3 * * *", "UTC", false));
    assertThat(
            JobFileReader.read(
                    SHORTEST,
                    "job.yaml",
                    List.of("schedule={cron: '@daily', time_zone: Asia/Tokyo, overlap: true}"))
                .schedule())
        .isEqualTo(new JobFile.Schedule("@daily", "Asia/Tokyo", true));
  }

  @Test
  void saysWhatMayBeMeantByAFileThatIsNotThere(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("job.yaml"), SHORTEST);
    assertThatThrownBy(() -> JobFileReader.read(file, List.of()))
        .isInstanceOf(JobFileException.class)
        .hasMessageContaining("train.data.path there is no " + folder.resolve("a.csv"))
        .hasMessageContaining("hint: make it first, or correct the path");
    Files.createFile(folder.resolve("b.csv"));
    assertThatThrownBy(() -> JobFileReader.read(file, List.of()))
        .hasMessageContaining("hint: did you mean b.csv?");
    Files.createFile(folder.resolve("a.csv"));
    assertThat(JobFileReader.read(file, List.of()).name()).isEqualTo("short");
  }
}
