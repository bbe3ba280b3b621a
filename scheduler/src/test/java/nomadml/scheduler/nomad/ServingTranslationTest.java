package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.Samples.cluster;
import static nomadml.scheduler.nomad.Samples.gpuMachine;
import static nomadml.scheduler.nomad.Samples.machine;
import static org.assertj.core.api.Assertions.assertThat;

import com.hashicorp.nomad.apimodel.Job;
import com.hashicorp.nomad.javasdk.NomadJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.deploy.ServingRequest;
import nomadml.scheduler.deploy.Settings;
import nomadml.scheduler.deploy.Wish;
import nomadml.scheduler.deploy.Wishes;
import nomadml.spec.ByteSize;
import nomadml.spec.JobFile;
import nomadml.spec.JobFile.Driver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deployments beside the Nomad job they become; {@code -Dupdate} writes them anew. */
class ServingTranslationTest {
  private static final Path GOLDEN = Path.of("src/test/resources/nomadml/scheduler/nomad");
  private static final ServingTranslation TRANSLATION =
      new ServingTranslation("1.2.3", "default", null, null);

  @ParameterizedTest
  @CsvSource({"serving, RAW_EXEC", "serving-isolated, EXEC", "serving-image-gpu, DOCKER"})
  void becomesTheNomadJobBesideIt(String name, Driver driver) throws IOException {
    boolean gpu = driver == Driver.DOCKER;
    Settings settings =
        settings(
            gpu ? new JobFile.Gpu(1, "H200", ">=40GiB", true) : null,
            driver == Driver.EXEC
                ? Map.of("max-batch", "16", "max-delay", "2ms", "drain", "45s")
                : Map.of(),
            gpu ? Map.of("MLFLOW_TRACKING_TOKEN", "nomad/jobs/serve-digits#token") : Map.of());
    Job job =
        TRANSLATION
            .translate(request(settings), cluster(gpuMachine(driver, "NVIDIA H200", 8, 143_771)))
            .job();
    String json = Pretty.print(NomadJson.asJobSpec(job)) + "\n";
    Path golden = GOLDEN.resolve(name + ".json");
    if (System.getProperty("update") != null) {
      Files.writeString(golden, json);
    }
    assertThat(golden).content().isEqualTo(json);
  }

  @Test
  void runsByTheDriverThatMostNodesHave() {
    ServingTranslation.Translated translated =
        TRANSLATION.translate(
            request(settings(null, Map.of(), Map.of())),
            cluster(machine("a", Driver.EXEC), machine("b", Driver.EXEC, Driver.RAW_EXEC)));
    assertThat(translated.needs().driver()).isEqualTo(Driver.EXEC);
  }

  @Test
  void nodesWithoutTheServerAreNamed() {
    ServingTranslation.Translated translated =
        TRANSLATION.translate(
            request(settings(null, Map.of(), Map.of())),
            cluster(Samples.withoutTrainer("a"), Samples.withoutTrainer("b")));
    assertThat(
            new Feasibility(
                    translated.needs(),
                    cluster(Samples.withoutTrainer("a"), Samples.withoutTrainer("b")))
                .lacking(2))
        .containsExactly("all 2 nodes: serving 1.2.3 is not laid there");
  }

  @Test
  void consulsAddressMayBeGivenForAllNodes() {
    Job job =
        new ServingTranslation("1.2.3", "ml", "eu", URI.create("http://consul.example:8500"))
            .translate(request(settings(null, Map.of(), Map.of())), cluster())
            .job();
    assertThat(job.getNamespace()).isEqualTo("ml");
    assertThat(job.getTaskGroups().get(0).getTasks().get(0).getEnv())
        .containsEntry("NOMAD_ML_CONSUL", "http://consul.example:8500");
  }

  @Test
  void noValueOfASecretIsInTheJob() throws IOException {
    Job job =
        TRANSLATION
            .translate(
                request(settings(null, Map.of(), Map.of("TOKEN", "ml/hub#token"))), cluster())
            .job();
    assertThat(NomadJson.asJobSpec(job)).contains("nomadVar").doesNotContain("mlflow.example/");
    assertThat(job.getTaskGroups().get(0).getTasks().get(0).getEnv()).doesNotContainKey("TOKEN");
  }

  private static Settings settings(
      JobFile.@Nullable Gpu gpu, Map<String, String> server, Map<String, String> secrets) {
    return new Settings(
        2,
        1,
        10,
        new JobFile.Resources(2000, ByteSize.parse("2GiB"), ByteSize.parse("1GiB"), gpu),
        new JobFile.Placement(null, null, List.of("*"), List.of()),
        null,
        server,
        secrets,
        Wishes.times());
  }

  private static ServingRequest request(Settings settings) {
    Wish wish = Wishes.wish("5", settings, null, null);
    return new ServingRequest(
        wish,
        "20260102030405-1a2b",
        "ada",
        Instant.parse("2026-01-02T03:04:05Z"),
        URI.create("http://mlflow.example:5000/#/models/digits/versions/5"));
  }
}
