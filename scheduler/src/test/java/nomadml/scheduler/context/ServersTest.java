package nomadml.scheduler.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.spec.ExitCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServersTest {
  private static final URI NOBODY = URI.create("http://127.0.0.1:1");

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, URI> known = new HashMap<>();
  private final List<ServiceDirectory.Service> listed = new ArrayList<>();

  @BeforeEach
  void configure() {
    environment.put("XDG_CONFIG_HOME", folder.toString());
  }

  @Test
  void withoutAnyAddressThereIsNoCluster() {
    assertThat(servers(Choices.NONE).nomad()).isEmpty();
    assertThat(servers(Choices.NONE).consul()).isEmpty();
    assertThat(servers(Choices.NONE).directory()).isEmpty();
  }

  @Test
  void aFlagWinsOverContextEnvironmentAndConsul() throws IOException {
    config("contexts: {lab: {nomad: 'http://context:1'}}");
    environment.put("NOMAD_ADDR", "http://environment:2");

    Choices flag = new Choices("lab", "http://flag:3", null, null, null, null, false);
    assertThat(servers(flag).nomad().orElseThrow().address()).hasHost("flag");
    assertThat(servers(chosen("lab")).nomad().orElseThrow().address()).hasHost("context");
    assertThat(servers(Choices.NONE).nomad().orElseThrow().address()).hasHost("environment");
  }

  @Test
  void theEnvironmentWinsOverTheCurrentContext() throws IOException {
    config("current: lab\ncontexts: {lab: {nomad: 'http://context:1', namespace: ml}}");

    assertThat(servers(Choices.NONE).nomad().orElseThrow().source())
        .isEqualTo("nomad of context lab");
    assertThat(servers(Choices.NONE).namespace()).contains("ml");
    environment.put("NOMAD_ADDR", "http://environment:2");
    environment.put("NOMAD_NAMESPACE", "mine");
    assertThat(servers(Choices.NONE).nomad().orElseThrow().source()).isEqualTo("NOMAD_ADDR");
    assertThat(servers(Choices.NONE).namespace()).contains("mine");
  }

  @Test
  void prometheusIsFoundLikeOtherServers() {
    assertThat(servers(Choices.NONE).prometheus(null)).isEmpty();
    environment.put("NOMAD_ML_PROMETHEUS", "environment:9090");
    environment.put("NOMAD_ML_PROMETHEUS_TOKEN", "secret");
    Server prometheus = servers(Choices.NONE).prometheus(null).orElseThrow();
    assertThat(prometheus.address()).isEqualTo(URI.create("http://environment:9090"));
    assertThat(prometheus.token()).isEqualTo("secret");
    assertThat(servers(Choices.NONE).prometheus("https://flag").orElseThrow().address())
        .hasHost("flag");
  }

  @Test
  void whatNobodyNamesIsFoundInConsul() {
    environment.put("CONSUL_HTTP_ADDR", "127.0.0.1:8500");
    known.put("http.nomad", URI.create("http://10.0.0.1:4646"));
    known.put("mlflow", URI.create("http://10.0.0.2:5000"));

    Server nomad = servers(Choices.NONE).nomad().orElseThrow();
    assertThat(nomad.address()).isEqualTo(URI.create("http://10.0.0.1:4646"));
    assertThat(nomad.source()).isEqualTo("Consul at http://127.0.0.1:8500");
    assertThat(servers(Choices.NONE).mlflow().orElseThrow().address()).hasHost("10.0.0.2");
    assertThat(servers(Choices.NONE).grafana()).isEmpty();
  }

  @Test
  void aNomadThatConsulHoldsForIllIsNoReasonToTrainHere() {
    environment.put("CONSUL_HTTP_ADDR", "127.0.0.1:8500");
    listed.add(
        new ServiceDirectory.Service(
            "nomad", URI.create("http://10.0.0.1:4646"), "node", "critical", "connection refused"));
    assertThatThrownBy(() -> servers(Choices.NONE).nomad())
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.SERVER_UNREACHABLE);
              assertThat(failure).hasMessageContaining("connection refused");
              assertThat(failure.hint()).contains("--local");
            });
    Choices local = new Choices(null, null, null, null, null, null, true);
    assertThat(servers(local).nomad()).isEmpty();
  }

  @Test
  void aNomadThatConsulKnowsSpeaksTlsWhereItsAuthorityIsNamed() {
    environment.put("CONSUL_HTTP_ADDR", "127.0.0.1:8500");
    known.put("http.nomad", URI.create("http://10.0.0.1:4646"));
    assertThat(servers(Choices.NONE).nomad().orElseThrow().address()).hasScheme("http");
    environment.put("NOMAD_CACERT", "/etc/nomad/ca.pem");
    assertThat(servers(Choices.NONE).nomad().orElseThrow().address())
        .isEqualTo(URI.create("https://10.0.0.1:4646"));
  }

  @Test
  void localMeansNoNomadWhateverIsKnown() {
    environment.put("NOMAD_ADDR", "http://environment:2");

    Choices local = new Choices(null, null, null, null, null, null, true);
    assertThat(servers(local).nomad()).isEmpty();
  }

  @Test
  void tokensAndCertificatesComeFromTheVariablesOfTheHashicorpTools() {
    environment.put("NOMAD_ADDR", "https://nomad:4646");
    environment.put("NOMAD_TOKEN", "secret");
    environment.put("NOMAD_CACERT", "/ca.pem");
    environment.put("NOMAD_TLS_SERVER_NAME", "server.global.nomad");
    environment.put("NOMAD_SKIP_VERIFY", "true");

    Server nomad = servers(Choices.NONE).nomad().orElseThrow();
    assertThat(nomad.token()).isEqualTo("secret");
    assertThat(nomad.tls())
        .isEqualTo(new Server.Tls(Path.of("/ca.pem"), null, null, "server.global.nomad", true));
    assertThat(nomad.toString()).doesNotContain("secret");
  }

  @Test
  void aTokenFileOfAContextIsRead() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "secret\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    config("contexts: {lab: {nomad: 'http://lab:1', nomad_token_file: " + token + "}}");

    assertThat(servers(chosen("lab")).nomad().orElseThrow().token()).isEqualTo("secret");
  }

  @Test
  void aTokenFileOthersMayReadIsRefused() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "secret\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
    config("contexts: {lab: {nomad: 'http://lab:1', nomad_token_file: " + token + "}}");

    refuses(() -> servers(chosen("lab")).nomad(), "others may read the token in", "chmod 600");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nomad.example.com:46:46     | must be an http or https address",
        "ftp://nomad                 | must be an http or https address",
        "http://                     | must be an http or https address",
        "http://a b                  | must be an http or https address",
        "unix:///var/run/nomad.sock  | must be an http or https address",
        "http://user:secret@nomad:1  | holds a password"
      })
  void refusesAddressesThatAreNone(String address, String why) {
    environment.put("NOMAD_ADDR", address);

    refuses(() -> servers(Choices.NONE).nomad(), "NOMAD_ADDR " + why, null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                                             | the file must be a block of fields",
        "context: {}                                    | unknown field context",
        "contexts: [a]                                  | contexts must be a block of fields",
        "contexts: {lab: http://x}                      | context lab must be a block of fields",
        "contexts: {lab: {nomda: x}}                    | context lab: unknown field nomda",
        "contexts: {lab: {nomad_token: abc}}            | no token belongs in this file",
        "current: lab                                   | there is no context lab",
        "'a: [unclosed'                                 | can't read"
      })
  void refusesContextFilesThatAreWrong(String text, String why) throws IOException {
    config(text);

    refuses(() -> servers(Choices.NONE), why, null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{gate: [a]}          | 1:28: context test: deploy.gate is unknown; did you mean gates?",
        "{count: [1, 2]}      | 1:28: context test: deploy.count must be one value",
        "{gates: [{a: b}]}    | 1:28: context test: deploy.gates must be one value",
        "twice                | 1:19: context test: deploy must be a block of fields",
        "                     | 1:19: context test: deploy must be a block of fields"
      })
  void refusesDeployBlocksThatAreWrong(@Nullable String block, String why) throws IOException {
    config("contexts: {test: {deploy: " + (block == null ? "" : block) + "}}");

    refuses(() -> servers(Choices.NONE), why, null);
  }

  @Test
  void deployFieldThatIsNearNoneIsAnsweredWithAll() throws IOException {
    config("contexts: {test: {deploy: {xyzzy: 1}}}");

    assertThatThrownBy(() -> servers(Choices.NONE))
        .hasMessageContaining("deploy.xyzzy is unknown; there are access_log, alias, approve");
  }

  @Test
  void aFieldOfAContextThatIsNearlyRightIsNamed() throws IOException {
    config("contexts:\n  lab:\n    namespac: ml\n");

    refuses(
        () -> servers(Choices.NONE),
        "3:5: context lab: unknown field namespac; did you mean namespace?",
        null);
  }

  @Test
  void aDeployBlockIsOptionsOfDeploy() throws IOException {
    config(
        """
        current: lab
        contexts:
          lab: {nomad: 'http://lab:1', deploy: {canary: 1}}
          prod:
            nomad: http://prod:1
            deploy:
              count: 3
              gates: ['error_rate<=0.01', 'p95<=1.2x']
              golden_label: digit
              approve: true
              notify: team
              gpu:
        """);

    assertThat(servers(chosen("prod")).deployOptions())
        .containsExactly(
            "--count=3",
            "--gate=error_rate<=0.01",
            "--gate=p95<=1.2x",
            "--golden-label=digit",
            "--approve",
            "--notify=team");
    assertThat(servers(Choices.NONE).deployOptions()).containsExactly("--canary=1");
  }

  @Test
  void anUnknownContextIsRefusedWithThoseThereAre() throws IOException {
    config("contexts: {lab: {}, field: {}}");

    refuses(() -> servers(chosen("lap")), "there is no context lap", "there are lab, field");
  }

  @Test
  void aTokenVariableThatIsNotSetIsRefused() throws IOException {
    config("contexts: {lab: {nomad: 'http://lab:1', nomad_token_variable: LAB_TOKEN}}");

    refuses(
        () -> servers(chosen("lab")).nomad(), "LAB_TOKEN, which is not set", "export LAB_TOKEN");
  }

  private static void refuses(ThrowingCallable call, String message, @Nullable String hint) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SchedulerFailure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
              assertThat(failure).hasMessageContaining(message);
              assertThat(failure.getMessage()).doesNotContain("secret");
              if (hint != null) {
                assertThat(failure.hint()).contains(hint);
              }
            });
  }

  private Servers servers(Choices choices) {
    return new Servers(choices, environment, server -> new Known(known, listed), NOBODY);
  }

  private static Choices chosen(String context) {
    return new Choices(context, null, null, null, null, null, false);
  }

  private void config(String text) throws IOException {
    Path file = Servers.configFile(environment);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A Consul in memory. */
  private record Known(Map<String, URI> known, List<Service> listed) implements ServiceDirectory {
    @Override
    public Optional<URI> find(String service) {
      return Optional.ofNullable(known.get(service));
    }

    @Override
    public List<Service> instances(String service) {
      return listed.stream().filter(instance -> instance.name().equals(service)).toList();
    }

    @Override
    public List<Service> services() {
      throw new AssertionError("a question for each service of the catalog");
    }
  }
}
