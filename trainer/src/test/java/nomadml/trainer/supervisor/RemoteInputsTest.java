package nomadml.trainer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.spec.FailureCause;
import nomadml.spec.Progress;
import nomadml.spec.TaskExit;
import nomadml.spec.Train;
import nomadml.trainer.Jobs;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.sources.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data from elsewhere: brought before the worker starts, and the same for all attempts. */
class RemoteInputsTest {
  /** Prints the path of the data as the worker's job file has it, and what is there. */
  private static final String SHOWS_ITS_DATA =
      """
      while [ "$1" != --job-file ]; do shift; done; job=$2
      while [ "$1" != --data-folder ]; do shift; done; data=$2
      path=$(sed 's/.*"path":"\\([^"]*\\)".*/\\1/' "$job" | head -n 1)
      echo "data $path: $(cat "$data/$path" 2>/dev/null || ls "$data/$path")"
      """;

  @TempDir private Path home;
  @TempDir private Path otherNode;
  private final AtomicInteger fetched = new AtomicInteger();

  private static final String ADDRESS = "https://host/sets/a.csv?X-Amz-Signature=topsecret";

  @BeforeEach
  void begin() {
    fetched.set(0);
  }

  @Test
  void bringsAFileUnderItsNameAndTellsItsSha256() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "1,2,3");
    assertThat(lab.worker(SHOWS_ITS_DATA).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("data remote/data/a.csv: 1,2,3");
    assertThat(lab.tracker.params()).containsEntry("data_source_sha256", sha256("1,2,3"));
  }

  @Test
  void bringsTextsAsAFileToo() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "good\tday");
    lab.data = data(Train.Format.TEXT, ADDRESS, null);
    lab.sources =
        (location, folder) ->
            target -> {
              assertThat(folder).isFalse();
              Files.writeString(target.resolve(Source.FILE), "good\tday");
            };
    assertThat(lab.worker(SHOWS_ITS_DATA).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("data remote/data/a.csv: good\tday");
  }

  @Test
  void keepsSignaturesOutOfAllItTells() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "1,2,3");
    lab.worker(SHOWS_ITS_DATA).run();
    assertThat(lab.tracker.params()).containsEntry("train.data.path", "https://host/sets/a.csv");
    assertThat(lab.output()).doesNotContain("topsecret");
    assertThat(lab.runFolder.resolve("job.json")).content().doesNotContain("topsecret");
    assertThat(lab.runFolder.resolve("worker.json")).content().doesNotContain("topsecret");
  }

  @Test
  void tellsWhichDataWasUsedForWhat() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "1,2,3");
    String facts =
        "{\"data_sha256\":\"%s\",\"train_rows\":\"8\",\"validation_rows\":\"2\"}"
            .formatted(sha256("1,2,3"));
    lab.worker(Lab.says(Progress.Kind.STARTED, 1, facts)).run();
    assertThat(lab.tracker.calls())
        .contains("use a.csv for training", "use a.csv (validation) for validation");
  }

  @Test
  void bringsTheFilesOfAPrefix() throws Exception {
    Lab lab = new Lab(home);
    lab.data = data(Train.Format.IMAGES, "s3://bucket/digits/", null);
    lab.sources =
        (location, folder) ->
            target -> {
              assertThat(folder).isTrue();
              Files.createDirectories(target.resolve("one"));
              Files.writeString(target.resolve("one/1.png"), "png");
            };
    assertThat(lab.worker(SHOWS_ITS_DATA).run()).isEqualTo(TaskExit.DONE);
    assertThat(lab.output()).contains("data remote/data/digits: one");
    assertThat(lab.runFolder.resolve("inputs/remote/data/digits/one/1.png")).hasContent("png");
  }

  @Test
  void fetchesOnceOnANodeWhatIsPinned() throws Exception {
    Lab first = lab(home, ADDRESS, sha256("1,2,3"), "1,2,3");
    first.worker(SHOWS_ITS_DATA).run();
    Lab second = lab(home, ADDRESS, sha256("1,2,3"), "1,2,3");
    Checkpoints.delete(second.runFolder);
    assertThat(second.worker(SHOWS_ITS_DATA).run()).isEqualTo(TaskExit.DONE);
    assertThat(second.output()).contains("1,2,3");
    assertThat(fetched).hasValue(1);
  }

  @Test
  void refusesWhatThePinDoesNotFit() throws Exception {
    refused(lab(home, ADDRESS, sha256("1,2,3"), "4,5,6"), "has changed: its SHA-256 is");
  }

  @Test
  void refusesInALaterAttemptWhatChangedSinceTheFirst() throws Exception {
    Lab later = lab(otherNode, ADDRESS, null, "4,5,6");
    later.fence = new ManualFence(2, true);
    later.recorded = Map.of("data_source_sha256", sha256("1,2,3"));
    refused(later, "this run is of " + sha256("1,2,3"));
  }

  @Test
  void goesByTheRunFolderBeforeItAsksTheServer() throws Exception {
    Lab later = lab(home, ADDRESS, null, "4,5,6");
    Files.createDirectories(later.runFolder);
    Files.writeString(
        later.runFolder.resolve("sources.json"),
        "{\"train.data.path\":\"%s\"}".formatted(sha256("1,2,3")));
    refused(later, "this run is of " + sha256("1,2,3"));
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "");
    lab.sources =
        (location, folder) ->
            target -> {
              throw new NoSuchFileException("answered 404");
            };
    refused(lab, "https://host/sets/a.csv is not there: answered 404");
  }

  @Test
  void triesAgainAndThenGivesUpOnAServerInTrouble() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "");
    lab.sources =
        (location, folder) ->
            target -> {
              throw new IOException("answered 503");
            };
    refused(lab, "https://host/sets/a.csv can't be fetched: answered 503");
    assertThat(lab.warnings()).anyMatch(line -> line.contains("it is tried again: answered 503"));
  }

  @Test
  void saysWhyASourceRefuses() throws Exception {
    Lab lab = lab(home, ADDRESS, null, "");
    lab.sources =
        (location, folder) ->
            target -> {
              throw TrainingFailure.dataMissing("denied", "set DATA_AUTHORIZATION");
            };
    refused(lab, "denied");
  }

  private static void refused(Lab lab, String message) throws Exception {
    assertThat(lab.worker(SHOWS_ITS_DATA).run()).isEqualTo(TaskExit.FAILED);
    Progress last = lab.last();
    assertThat(last.cause()).isEqualTo(FailureCause.DATA_MISSING);
    assertThat(last.message()).contains(message).doesNotContain("topsecret");
    assertThat(last.hint()).isNotBlank();
    assertThat(lab.output()).doesNotContain("data remote");
  }

  private Lab lab(Path folder, String path, @Nullable String sha256, String content) {
    Lab lab = new Lab(folder);
    lab.data = data(Train.Format.CSV, path, sha256);
    lab.sources =
        (location, isFolder) ->
            target -> {
              fetched.incrementAndGet();
              Files.writeString(target.resolve(Source.FILE), content);
            };
    return lab;
  }

  private static Train.Data data(Train.Format format, String path, @Nullable String sha256) {
    return Jobs.data(
        "{format: %s, path: '%s'%s%s}"
            .formatted(
                format.name().toLowerCase(Locale.ROOT),
                path,
                format == Train.Format.CSV ? ", label: y" : "",
                sha256 == null ? "" : ", sha256: " + sha256));
  }

  private String sha256(String text) throws IOException {
    return Sha256.of(Files.writeString(otherNode.resolve("digested"), text));
  }
}
