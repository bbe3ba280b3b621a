package nomadml.trainer.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import nomadml.spec.Json;

/** What goes from one node to another: what an attempt leaves behind it, and takes in. */
final class Travel {
  /** A command waits less for what only its reports need. */
  private static final Duration TAIL = Duration.ofSeconds(20);

  private final RunFolder folder;
  private final Surroundings around;
  private final Interruptions interruptions;
  private final Output output;
  private final Standing standing;
  private final boolean known;

  /**
   * What goes to and from one attempt.
   *
   * @param known whether an earlier attempt ran in this folder
   */
  Travel(
      RunFolder folder,
      Surroundings around,
      Interruptions interruptions,
      Output output,
      Standing standing,
      boolean known) {
    this.folder = folder;
    this.around = around;
    this.interruptions = interruptions;
    this.output = output;
    this.standing = standing;
    this.known = known;
  }

  /** Adds what travels to a folder that is to be stored. */
  void packInto(Path target) throws IOException {
    standing.save();
    Files.copy(
        folder.resolve(RunFolder.ATTEMPTS),
        target.resolve(RunFolder.ATTEMPTS),
        StandardCopyOption.REPLACE_EXISTING);
    around.report().copyTail(target);
    if (Files.exists(folder.resolve(RemoteInputs.RECORD))) {
      Files.copy(
          folder.resolve(RemoteInputs.RECORD),
          target.resolve(RemoteInputs.RECORD),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Takes in the checkpoints of another node, unless this one has some. */
  void bringCheckpoints(int attempt) throws IOException, InterruptedException, Interruption {
    Checkpoints checkpoints = checkpoints(around.times().servers());
    if (attempt > 1 && !checkpoints.areHere()) {
      checkpoints.bring().ifPresent(this::adopt);
    }
  }

  /**
   * Takes in what a command told on another node.
   *
   * @return the steps under which it is stored
   */
  List<Long> bringTails(int attempt) throws InterruptedException, Interruption {
    if (attempt <= 1 || known) {
      return List.of();
    }
    Duration servers = around.times().servers();
    return checkpoints(servers.compareTo(TAIL) < 0 ? servers : TAIL).bringTails(this::adopt);
  }

  private Checkpoints checkpoints(Duration time) {
    Patience patience = new Patience(time, interruptions, output::warning);
    return new Checkpoints(folder, around.storage(), patience, output::warning);
  }

  private void adopt(Path luggage) {
    around.report().adopt(luggage);
    Path sources = luggage.resolve(RemoteInputs.RECORD);
    try {
      if (Files.exists(sources)) {
        folder.write(RemoteInputs.RECORD, Files.readString(sources));
      }
    } catch (IOException e) {
      output.warning("what data earlier attempts saw is not known here: " + e.getMessage());
    }
    Path attempts = luggage.resolve(RunFolder.ATTEMPTS);
    try {
      if (Files.exists(attempts)) {
        standing.adopt(Json.MAPPER.readValue(attempts.toFile(), AttemptLog.class));
      }
    } catch (IOException e) {
      output.warning("earlier attempts are not counted: " + e.getMessage());
    }
  }
}
