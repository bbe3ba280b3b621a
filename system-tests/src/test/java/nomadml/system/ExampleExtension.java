package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;

/** The repository's example of an extension, built as its README says. */
final class ExampleExtension {
  static final Path JOB = Repository.file("examples/extension.yaml");

  private ExampleExtension() {}

  /** Answers the jar. */
  static Path build(Path logs) {
    RunningProgram build =
        RunningProgram.start(
            "examples/extension/build",
            logs.resolve("build.out"),
            logs.resolve("build.err"),
            logs,
            Map.of(),
            List.of(Repository.file("examples/extension/build").toString()));
    assertThat(build.awaitExit()).as(build.errors()).isZero();
    return Path.of(build.output().strip());
  }
}
