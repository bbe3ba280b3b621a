package nomadml.scheduler.submit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The commit a job file was at; a machine without git, or a folder outside it, has none. */
final class GitCommit {
  private static final int PATIENCE_SECONDS = 5;

  private GitCommit() {}

  static Optional<String> of(Path folder) {
    return run(folder, "rev-parse", "HEAD")
        .map(String::strip)
        .filter(commit -> !commit.isEmpty())
        .map(commit -> commit + (isChanged(folder) ? "-dirty" : ""));
  }

  private static boolean isChanged(Path folder) {
    return run(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
        .filter(String::isBlank)
        .isEmpty();
  }

  private static Optional<String> run(Path folder, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();

      git.toHandle()
          .onExit()
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .exceptionally(
              late -> {
                git.destroyForcibly();
                return git.toHandle();
              });
      String output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
