package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.gpuMachine;
import static nomadml.scheduler.nomad.Samples.request;
import static nomadml.scheduler.nomad.Samples.translate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.nomad.apimodel.Task;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.JobRequest;
import nomadml.scheduler.submit.Origin;
import nomadml.spec.ExitCode;
import nomadml.spec.Input;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each job file beside the Nomad job it becomes. {@code mvn test -pl scheduler -am
 * -Dtest=JobTranslationTest -Dupdate -Dsurefire.failIfNoSpecifiedTests=false} writes them anew.
 */
class JobTranslationTest {
  private static final Path GOLDEN = Path.of("src/test/resources/nomadml/scheduler/nomad");

  @ParameterizedTest
  @CsvSource({
    "trainer, RAW_EXEC",
    "trainer-isolated, EXEC",
    "trainer-java, JAVA",
    "command, RAW_EXEC",
    "command-image, DOCKER",
    "trainer-image, DOCKER",
    "gpu, RAW_EXEC",
    "everything, RAW_EXEC",
    "schedule, RAW_EXEC",
  })
  void becomesTheNomadJobBesideIt(String name, Driver driver) throws IOException {
    String yaml = Files.readString(GOLDEN.resolve(name + ".yaml"));
    Translation translation = translate(file(yaml), gpuMachine(driver, "NVIDIA H200", 8, 143_771));
    String json = Pretty.print(NomadJson.asJobSpec(translation.job())) + "\n";
    Path golden = GOLDEN.resolve(name + ".json");
    if (System.getProperty("update") != null) {
      Files.writeString(golden, json);
    }
    assertThat(golden).content().isEqualTo(json);
  }

  @Test
  void trainsOnTheCpuWhenNoNodeHasADeviceThatIsNotRequired() {
    JobFile file = file(TRAIN, "resources.gpu={model: H200, required: false}");
    Translation translation = translate(file, gpuMachine(Driver.RAW_EXEC, "Tesla T4", 1, 15_360));
    assertThat(task(translation).getResources().getDevices()).isNull();
    assertThat(translation.notes())
        .containsExactly("no node has nvidia/gpu, model H200: trains on the CPU");
  }

  @Test
  void takesTheImageWithCudaForAGpu() {
    JobFile file = file(TRAIN, "driver=docker", "resources.gpu={}");
    assertThat(task(translate(file)).getConfig())
        .containsEntry("image", "nomad-ml/trainer:1.2.3-cuda");
  }

  @Test
  void asksForADeviceThatIsNotRequiredWhenANodeHasOne() {
    JobFile file = file(TRAIN, "resources.gpu={memory: '>=8GiB', required: false}");
    Translation translation = translate(file, gpuMachine(Driver.RAW_EXEC, "Tesla T4", 1, 15_360));
    assertThat(task(translation).getResources().getDevices()).hasSize(1);
    assertThat(translation.notes()).isEmpty();
  }

  @Test
  void jobFileArrivesAsItIsHoweverItLooksLikeATemplate() throws IOException {
    JobFile file = file(TRAIN, "env={A: '{{ env \"HOME\" }}', B: '{{{x}}}'}");
    String template = task(translate(file)).getTemplates().get(0).getEmbeddedTmpl();
    assertThat(template).doesNotContain("{{");
    assertThat(Json.MAPPER.readValue(template, JobFile.class)).isEqualTo(file);
  }

  @Test
  void noAddressOfAMonitoringServerIsInTheTask() throws IOException {
    JsonNode tasks =
        Json.MAPPER.readTree(NomadJson.asJobSpec(translate(file(TRAIN)).job())).findValue("Tasks");
    assertThat(tasks.toString()).doesNotContain("mlflow").doesNotContain("grafana");
  }

  @Test
  void secretsAreOnlyNamed() {
    JobFile file = file(TRAIN, "secrets={TOKEN: 'ml/hub#to\"ken'}");
    assertThat(task(translate(file)).getTemplates().get(1).getEmbeddedTmpl())
        .isEqualTo(
            "TOKEN={{ with nomadVar \"ml/hub\" }}{{ (index . \"to\\\"ken\").Value | toJSON }}{{ end }}\n");
  }

  @Test
  void runThatIsNotMadeYetIsLeftToTheSupervisor() {
    JobRequest made = request(file(TRAIN));
    JobRequest request =
        new JobRequest(
            made.job(),
            made.jobId(),
            made.submissionId(),
            null,
            null,
            null,
            List.of(),
            new Origin("", "", ""),
            null);
    Translation translation = Samples.TRANSLATION.translate(request, Samples.cluster());
    assertThat(translation.job().getMeta()).doesNotContainKey("nomad_ml_run_id");
    assertThat(task(translation).getEnv())
        .containsEntry("NOMAD_ML_RUN_ID", "")
        .doesNotContainKeys("NOMAD_ML_GIT_COMMIT", "NOMAD_ML_SUBMITTER", "NOMAD_ML_CLUSTER");
  }

  @Test
  void smallDiskHasSmallLogs() {
    Translation translation = translate(file(TRAIN, "resources.disk=64MiB"));
    assertThat(task(translation).getLogConfig().getMaxFileSizeMb()).isEqualTo(1);
  }

  @Test
  void consulsAddressMayBeGivenForAllNodes() {
    Translation translation =
        new JobTranslation("1.2.3", "ml", "eu", URI.create("http://consul.example:8500"))
            .translate(request(file(TRAIN)), Samples.cluster());
    assertThat(translation.job().getNamespace()).isEqualTo("ml");
    assertThat(translation.job().getRegion()).isEqualTo("eu");
    assertThat(task(translation).getEnv())
        .containsEntry("NOMAD_ML_CONSUL", "http://consul.example:8500");
  }

  @Test
  void refusesMoreInputsThanAnEnvironmentHolds() {
    JobRequest made = request(file(TRAIN));
    List<Input> many = Collections.nCopies(2000, made.inputs().get(0));
    JobRequest request =
        new JobRequest(
            made.job(),
            made.jobId(),
            made.submissionId(),
            null,
            null,
            null,
            many,
            made.origin(),
            null);
    SchedulerFailure failure =
        catchThrowableOfType(
            SchedulerFailure.class,
            () -> Samples.TRANSLATION.translate(request, Samples.cluster()));
    assertThat(failure).hasMessageContaining("2000 input files are too many");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void refusesANomadBlockOfTheWrongTypeByItsPath() {
    JobFile file = file(TRAIN, "nomad={TaskGroups: [{tasks: [{Resources: {CPU: fast}}]}]}");
    SchedulerFailure failure = catchThrowableOfType(SchedulerFailure.class, () -> translate(file));
    assertThat(failure).hasMessageContaining("nomad.TaskGroups[0].Tasks[0].Resources.CPU");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void metaMarksTheJobAsOurs() {
    assertThat(translate(file(TRAIN)).job().getMeta())
        .isEqualTo(
            Map.of(
                "nomad_ml_name", "digits",
                "nomad_ml_experiment", "digits",
                "nomad_ml_submission_id", "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                "nomad_ml_run_id", "71d0c7ab52b44f4d8b0d7e4a7a7a3c11"));
  }

  private static Task task(Translation translation) {
    return translation.job().getTaskGroups().get(0).getTasks().get(0);
  }
}
