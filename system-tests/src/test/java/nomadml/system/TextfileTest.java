package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import nomadml.system.servers.Repository;
import nomadml.system.servers.RunningProgram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code tools/textfile} writes down for node_exporter. */
class TextfileTest {
  private static final String PASSWORD = "changeit";

  private Path folder;
  private Path metrics;

  /** How a call ended. */
  record Called(int exitCode, String output) {}

  @BeforeEach
  void begin(@TempDir Path temporary) {
    folder = temporary;
    metrics = folder.resolve("metrics");
  }

  @Test
  void aBackupIsWrittenDownWithItsTimeAndSize() throws IOException {
    Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    assertThat(textfile("backup", "4096").exitCode()).isZero();
    List<String> values = values("backup.prom");
    assertThat(values).hasSize(2).contains("nomad_ml_backup_size_bytes 4096");
    long when = Long.parseLong(values.get(0).replaceAll(".* ", ""));
    assertThat(Instant.ofEpochSecond(when)).isBetween(before, Instant.now());
    assertThat(metrics.toFile().list()).containsExactly("backup.prom");
  }

  @Test
  void theEndsOfCertificatesAreWrittenDownWhateverTheirFilesAreCalled() throws IOException {
    Path certificate = certificate("an \"odd\" name.pem", 10);
    assertThat(textfile("certificates", certificate.toString()).exitCode()).isZero();
    String value = values("certificates.prom").get(0);
    assertThat(value).contains("{file=\"" + certificate.toString().replace("\"", "\\\"") + "\"} ");
    assertThat(Instant.ofEpochSecond(Long.parseLong(value.replaceAll(".* ", ""))))
        .isBetween(Instant.now().plus(9, ChronoUnit.DAYS), Instant.now().plus(11, ChronoUnit.DAYS));
  }

  @Test
  void whatIsNoCertificateIsRefusedAndWhatWasWrittenStays() throws IOException {
    textfile("certificates", certificate("good.pem", 10).toString());
    List<String> before = values("certificates.prom");
    Path bad = Files.writeString(folder.resolve("bad.pem"), "no certificate");
    Called refused = textfile("certificates", bad.toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.output()).contains(bad.toString(), "hint: openssl x509");
    assertThat(values("certificates.prom")).isEqualTo(before);
  }

  @Test
  void aSizeThatIsNoNumberIsRefused() {
    Called refused = textfile("backup", "5GB");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.output()).contains("'5GB' is no number of bytes", "hint:");
    assertThat(metrics.resolve("backup.prom")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "backup", "certificates", "restore 5", "backup 5 6"})
  void whatItDoesNotKnowIsMisuse(String arguments) {
    Called misused = textfile(arguments.split(" "));
    assertThat(misused.exitCode()).isEqualTo(2);
    assertThat(misused.output()).contains("Usage: tools/textfile");
  }

  private Path certificate(String name, int days) {
    String store = folder.resolve("keys.p12").toString();
    Path file = folder.resolve(name);
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String validity = Integer.toString(days);
    List<String> common = List.of("-alias", "a", "-keystore", store, "-storepass", PASSWORD);
    String[] make = {keytool, "-genkeypair", "-keyalg", "EC", "-dname", "CN=a", "-validity"};
    run(
        SubmitJob.joined(
            List.of(make), SubmitJob.joined(List.of(validity), common.toArray(String[]::new))));
    String[] export = {keytool, "-exportcert", "-rfc", "-file", file.toString()};
    run(SubmitJob.joined(List.of(export), common.toArray(String[]::new)));
    return file;
  }

  private Called textfile(String... arguments) {
    return run(SubmitJob.joined(List.of(Repository.file("tools/textfile").toString()), arguments));
  }

  private Called run(String... command) {
    Path log = folder.resolve("log");
    RunningProgram program =
        RunningProgram.start(
            command[0],
            log,
            folder,
            Map.of("NOMAD_ML_TEXTFILE_DIR", metrics.toString()),
            List.of(command));
    return new Called(program.awaitExit(), program.output());
  }

  private List<String> values(String file) throws IOException {
    return Files.readAllLines(metrics.resolve(file)).stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }
}
