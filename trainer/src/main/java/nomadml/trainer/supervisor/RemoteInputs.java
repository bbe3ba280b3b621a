package nomadml.trainer.supervisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nomadml.spec.JobFile;
import nomadml.spec.Json;
import nomadml.spec.Location;
import nomadml.spec.Train;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.sources.ChangedSourceException;
import nomadml.trainer.sources.NodeCache;
import nomadml.trainer.sources.Source;
import org.jspecify.annotations.Nullable;

/**
 * Brings data and models from elsewhere. What a run once began with, it goes on with: their SHA-256
 * are given in the job file, or recorded by the first attempt on the disk, beside each checkpoint
 * and as params of the run.
 */
final class RemoteInputs {
  /** The SHA-256 of each remote field, as JSON in the run folder. */
  static final String RECORD = "sources.json";

  private static final String FOLDER = "remote";
  private static final String DATA = "train.data.path";
  private static final String MODEL = "train.model.path";

  private final RunFolder folder;
  private final Surroundings.Remotes remotes;
  private final Patience patience;
  private final Consumer<String> warnings;

  RemoteInputs(
      RunFolder folder,
      Surroundings.Remotes remotes,
      Patience patience,
      Consumer<String> warnings) {
    this.folder = folder;
    this.remotes = remotes;
    this.patience = patience;
    this.warnings = warnings;
  }

  /**
   * What was brought.
   *
   * @param job as the worker sees it
   * @param params what the run is told
   */
  record Brought(JobFile job, Map<String, String> params) {}

  /**
   * Brings what is not there yet. Throws {@link TrainingFailure} when it can't be had, or is not
   * what the run began with.
   *
   * @param attempt the first one has nothing recorded
   */
  Brought bring(JobFile job, int attempt) throws IOException, InterruptedException, Interruption {
    Map<String, String> paths = new TreeMap<>();
    Map<String, String> params = new TreeMap<>();
    Map<String, String> recorded = recorded(job, attempt);
    for (Map.Entry<String, Location> remote : RemoteJob.locations(job).entrySet()) {
      String field = remote.getKey();
      Location location = remote.getValue();
      boolean isFolder = field.equals(DATA) && isFolder(Objects.requireNonNull(job.train()).data());
      NodeCache.Wanted wanted =
          new NodeCache.Wanted(location.shown(), isFolder, wanted(job, field, recorded));
      Source source = remotes.sources().at(location, isFolder);
      String path = FOLDER + "/" + field.split("\\.", -1)[1] + "/" + name(location);
      String sha256 = bring(wanted, source, folder.inputs().resolve(path));
      recorded.put(field, sha256);
      folder.write(RECORD, Json.MAPPER.writeValueAsString(recorded));
      params.put(RemoteJob.param(field), sha256);
      paths.put(field, path);
    }
    if (!paths.isEmpty()) {
      remotes.cache().trim();
    }
    return new Brought(RemoteJob.local(job, paths), params);
  }

  private String bring(NodeCache.Wanted wanted, Source source, Path target)
      throws IOException, InterruptedException, Interruption {
    List<String> digest = new ArrayList<>();
    try {
      patience.untilDone(
          "fetch " + wanted.location(),
          () -> {
            NodeCache.Found found = found(wanted, source);
            lay(found.folder(), wanted.folder(), target);
            digest.add(found.sha256());
          });
    } catch (NoSuchFileException e) {
      throw TrainingFailure.dataMissing(
          "%s is not there: %s".formatted(wanted.location(), e.getMessage()),
          "correct the path in the job file, or put the data there");
    } catch (TimeoutException e) {
      throw TrainingFailure.dataMissing(
          "%s can't be fetched: %s".formatted(wanted.location(), e.getMessage()),
          "see whether the server answers from this node, then submit the job again");
    }
    return digest.get(0);
  }

  private NodeCache.Found found(NodeCache.Wanted wanted, Source source) throws IOException {
    try {
      return remotes.cache().bring(wanted, source);
    } catch (ChangedSourceException e) {
      throw TrainingFailure.dataMissing(
          "%s has changed: its SHA-256 is %s, and this run is of %s"
              .formatted(wanted.location(), e.found(), wanted.sha256()),
          "put the old content back, or submit a new run of the new one (a sha256 beside the path pins it)");
    }
  }

  /** An extension's reader gets a folder from where the name ends in a slash. */
  private static boolean isFolder(Train.Data data) {
    return data.format() == Train.Format.CUSTOM
        ? data.path().endsWith("/")
        : data.format().isFolder();
  }

  /** The job file's word, else what an earlier attempt found. */
  private static @Nullable String wanted(JobFile job, String field, Map<String, String> recorded) {
    Train train = Objects.requireNonNull(job.train());
    String given =
        switch (field) {
          case DATA -> train.data().sha256();
          case MODEL -> train.model().sha256();
          default -> null;
        };
    return given == null ? recorded.get(field) : given;
  }

  private Map<String, String> recorded(JobFile job, int attempt) throws IOException {
    Path file = folder.resolve(RECORD);
    if (Files.exists(file)) {
      try {
        return new TreeMap<>(
            Json.MAPPER.readValue(
                Files.readString(file), new TypeReference<Map<String, String>>() {}));
      } catch (JsonProcessingException e) {
        warnings.accept(file + " is damaged: " + e.getOriginalMessage());
      }
    }
    Map<String, String> recorded = new TreeMap<>();
    if (attempt > 1 && !RemoteJob.locations(job).isEmpty()) {
      try {
        Map<String, String> params = remotes.recorded().params();
        for (String field : RemoteJob.locations(job).keySet()) {
          if (params.containsKey(RemoteJob.param(field))) {
            recorded.put(field, params.get(RemoteJob.param(field)));
          }
        }
      } catch (IOException e) {
        warnings.accept(
            "what this run's data was can't be asked of MLflow; what is there now is taken: "
                + e.getMessage());
      }
    }
    return recorded;
  }

  /** Links to the node's copy, which others use too and which may be deleted any time. */
  private static void lay(Path content, boolean isFolder, Path target) throws IOException {
    Checkpoints.delete(target);
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    if (!isFolder) {
      link(content.resolve(Source.FILE), target);
      return;
    }
    List<Path> files;
    try (Stream<Path> tree = Files.walk(content)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path to = target.resolve(content.relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(to.getParent()));
      link(file, to);
    }
  }

  private static void link(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file);
    } catch (UnsupportedOperationException | IOException e) {
      try {
        Files.copy(file, target); // Another file system, or one without hard links.
      } catch (NoSuchFileException gone) {
        throw new IOException("the node's cache has just been emptied", gone);
      }
    }
  }

  /** As the reader wants it: how it ends says what it is. */
  private static String name(Location location) {
    String shown = location.shown().replaceAll("/+$", "");
    String last = shown.substring(shown.lastIndexOf('/') + 1);
    String name = last.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^\\.+", "");
    return name.isEmpty() ? "content" : name;
  }
}
