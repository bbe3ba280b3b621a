package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.cluster;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.machine;
import static nomadml.scheduler.nomad.Samples.withoutTrainer;
import static org.assertj.core.api.Assertions.assertThat;

import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import org.junit.jupiter.api.Test;

class DriverChoiceTest {
  private static final JobFile COMMAND = file("name: x\ncommand: [sh]");

  @Test
  void takesWhatTheFileSays() {
    assertThat(choice(file(TRAIN, "driver=java"), machine("a", Driver.EXEC)).driver())
        .isEqualTo(Driver.JAVA);
  }

  @Test
  void imageTakesDocker() {
    assertThat(choice(file(TRAIN, "image=trainer:1"), machine("a", Driver.EXEC)).driver())
        .isEqualTo(Driver.DOCKER);
  }

  @Test
  void takesTheDriverOfMostNodes() {
    DriverChoice choice =
        choice(
            file(TRAIN),
            machine("a", Driver.RAW_EXEC),
            machine("b", Driver.EXEC),
            machine("c", Driver.EXEC));
    assertThat(choice.driver()).isEqualTo(Driver.EXEC);
    assertThat(choice.note()).containsExactly("runs by the exec driver, on 2 of 3 nodes");
  }

  @Test
  void takesRawExecWhereBothAreAllowed() {
    DriverChoice choice = choice(file(TRAIN), machine("a", Driver.EXEC, Driver.RAW_EXEC));
    assertThat(choice.driver()).isEqualTo(Driver.RAW_EXEC);
    assertThat(choice.note()).isEmpty();
  }

  @Test
  void warnsACommandThatWillSeeOnlySystemFolders() {
    assertThat(choice(COMMAND, machine("a", Driver.EXEC)).note())
        .containsExactly("runs by the exec driver: it sees only the system folders of the node");
  }

  @Test
  void takesTheTrainersImageWhereThereIsOnlyDocker() {
    DriverChoice choice = choice(file(TRAIN), machine("a", Driver.DOCKER), withoutTrainer("b"));
    assertThat(choice.driver()).isEqualTo(Driver.DOCKER);
    assertThat(choice.note())
        .containsExactly("runs by the docker driver in the trainer's own image");
  }

  @Test
  void neverRunsACommandByJavaUnasked() {
    assertThat(choice(COMMAND, machine("a", Driver.JAVA)).driver()).isEqualTo(Driver.RAW_EXEC);
  }

  @Test
  void takesAHealthyDriverWhenNoNodeHasTheTrainer() {
    assertThat(choice(file(TRAIN), withoutTrainer("a")).driver()).isEqualTo(Driver.RAW_EXEC);
  }

  private static DriverChoice choice(JobFile file, Traits.Machine... machines) {
    return DriverChoice.of(file, cluster(machines));
  }
}
