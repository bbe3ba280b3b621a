package nomadml.trainer.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsulServicesTest {
  private ConsulTwin consul;

  @BeforeEach
  void begin() throws IOException {
    consul = new ConsulTwin();
  }

  @AfterEach
  void end() {
    consul.close();
  }

  @Test
  void findsAHealthyInstance() throws IOException {
    consul.register("mlflow", "{\"Service\":\"mlflow\",\"Address\":\"10.0.0.2\",\"Port\":5000}");
    assertThat(services().find("mlflow")).isEqualTo(URI.create("http://10.0.0.2:5000"));
  }

  @Test
  void takesTheNodesAddressWhenTheServiceHasNone() throws IOException {
    consul.register("mlflow", "{\"Address\":\"\",\"Port\":5000,\"Tags\":[\"https\"]}");
    assertThat(services().find("mlflow")).isEqualTo(URI.create("https://10.0.0.1:5000"));
  }

  @Test
  void looksUpEachTime() throws IOException {
    ConsulServices services = services();
    consul.register("mlflow", "{\"Address\":\"10.0.0.2\",\"Port\":5000}");
    services.find("mlflow");
    consul.register("mlflow", "{\"Address\":\"10.0.0.2\",\"Port\":6000}");
    assertThat(services.find("mlflow")).hasPort(6000);
  }

  @Test
  void believesTheEnvironmentFirst() throws IOException {
    Map<String, String> environment =
        Map.of("MLFLOW_TRACKING_URI", "http://mlflow.example:1", "NOMAD_ML_PUSHGATEWAY", "push:2");
    ConsulServices services = new ConsulServices(environment, true);
    assertThat(services.find("mlflow")).isEqualTo(URI.create("http://mlflow.example:1"));
    assertThat(services.find("pushgateway")).isEqualTo(URI.create("http://push:2"));
  }

  @Test
  void saysWhatIsNotThere() {
    assertThatThrownBy(() -> services().find("mlflow"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("knows no healthy mlflow", consul.address(), "hint:");
    consul.close();
    assertThatThrownBy(() -> services().find("mlflow"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("can't be asked");
    assertThatThrownBy(() -> new ConsulServices(Map.of(), false).find("mlflow"))
        .hasMessageContainingAll("there is no cluster", "hint: set MLFLOW_TRACKING_URI");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite:///mlflow.db", "http://", "file:/tmp/mlruns"})
  void refusesAnAddressThatIsNoServer(String address) {
    ConsulServices services = new ConsulServices(Map.of("MLFLOW_TRACKING_URI", address), true);
    assertThatThrownBy(() -> services.find("mlflow"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("MLFLOW_TRACKING_URI is no address", "hint:");
  }

  @ParameterizedTest
  @CsvSource({
    "consul.example:8501, '', http://consul.example:8501",
    "https://consul.example, '', https://consul.example:8500",
    "'${meta.nomad_ml_consul}', other:1, http://other:1",
    "'', '', http://127.0.0.1:8500",
  })
  void readsConsulsAddress(String ours, String tools, String address) {
    Map<String, String> environment = Map.of("NOMAD_ML_CONSUL", ours, "CONSUL_HTTP_ADDR", tools);
    assertThat(ConsulAddress.of(environment)).isEqualTo(URI.create(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix:///consul.sock", "http://a b", "://"})
  void refusesAnAddressThatIsNoConsul(String address) {
    assertThatThrownBy(() -> ConsulAddress.of(Map.of("NOMAD_ML_CONSUL", address)))
        .hasMessageContainingAll("Consul's address is not usable", "hint:");
  }

  private ConsulServices services() {
    return new ConsulServices(Map.of("NOMAD_ML_CONSUL", consul.address()), true);
  }
}
