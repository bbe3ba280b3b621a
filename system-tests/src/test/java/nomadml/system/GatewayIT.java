package nomadml.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import nomadml.system.servers.Client;
import nomadml.system.servers.Client.Answer;
import nomadml.system.servers.Client.Load;
import nomadml.system.servers.Cluster;
import nomadml.system.servers.Eventually;
import nomadml.system.servers.Gateway;
import nomadml.system.servers.ServedInstance;
import nomadml.system.servers.ServerCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The gateway's nginx, as Nomad runs it and renders its configuration from Consul. */
@Tag("gateway")
@TestInstance(Lifecycle.PER_CLASS)
final class GatewayIT {
  private static final String BODY = "{\"inputs\": [[1, 2, 3, 4]]}";

  private final Cluster cluster = Cluster.start("gateway", 1, "", Gateway.nodeConfiguration());
  private final Gateway gateway = Gateway.start(cluster, "gateway", "rate=100000");
  private final Client client = Client.of(gateway.port());

  @AfterAll
  void end() {
    cluster.close();
  }

  @Test
  void namesOfModelsLeadToTheirServices() {
    try (ServedInstance served = stable("serve-digits-mlp", "3")) {
      awaitServed("digits-mlp");
      for (String[] called :
          new String[][] {
            {"/models/digits-mlp/ping", "/ping"},
            {"/models/digits-mlp/version?verbose=yes%20please", "/version?verbose=yes%20please"},
            {"/models/digits-mlp/v2/health/ready", "/v2/health/ready"},
            {"/models/digits-mlp/v2/models/digits-mlp", "/v2/models/digits-mlp"},
            {"/models/Digits_MLP/health", "/health"}, // the registered model's own name
            {"/models/digits%20mlp/ping", "/ping"},
            {"/v2/models/Digits_MLP/versions/3/ready", "/v2/models/Digits_MLP/versions/3/ready"},
          }) {
        Answer answer = client.get(called[0]);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.json().path("asked").asText()).isEqualTo("GET " + called[1]);
      }
      Answer inferred = client.post("/v2/models/digits-mlp/infer", BODY, "X-Request-Id", "mine.1");
      assertThat(inferred.json().path("asked").asText())
          .isEqualTo("POST /v2/models/digits-mlp/infer");
      assertThat(inferred.json().path("forwarded").asText()).isEqualTo("127.0.0.1");
      assertThat(inferred.version()).isEqualTo("3");
      assertThat(inferred.response().headers().allValues("X-Request-Id")).containsExactly("mine.1");
      assertThat(client.get("/v2/health/ready").status()).isEqualTo(200);
      assertThat(served.asked()).isGreaterThan(5);
    }
  }

  @Test
  void whatIsNoAddressOfAModelIsAnsweredByAListOfThose() {
    try (ServedInstance served = stable("serve-known", "7")) {
      awaitServed("known");
      for (String path :
          List.of(
              "/models/unknown/ping",
              "/models/known/metrics",
              "/models/known/../../metrics",
              "/models/known/v2/../metrics",
              "/models/known/%2e%2e/metrics",
              "/models/known",
              "/models//ping",
              "/models/serve-known/ping",
              "/v2/models/unknown/infer",
              "/elsewhere")) {
        Answer answer = client.get(path);
        assertThat(answer.status()).as(path + "\n" + answer).isEqualTo(404);
        assertThat(answer.json().path("error").asText()).contains("no such model");
        assertThat(answer.json().path("models").findValuesAsText("name")).contains("known");
      }
      assertThat(client.post("/models/unknown/invocations", BODY).status()).isEqualTo(404);
      assertThat(served.asked()).as("none of these reached it").isEqualTo(1);
      JsonNode listed = client.get("/models").json().path("models");
      assertThat(listed.toString())
          .contains(
              "{\"name\":\"known\",\"instances\":[{\"group\":\"stable\",\"version\":\"7\"}]}");
    }
  }

  @Test
  void canariesGetTheirShareAndARequestMaySayOtherwise() {
    try (ServedInstance old = stable("serve-shared", "1");
        ServedInstance other = stable("serve-shared", "1");
        ServedInstance canary = canary("serve-shared", "2")) {
      awaitWeight("serve-shared", 10);
      assertThat(canariesOf(2000, "shared")).isCloseTo(200, within(60)); // 4.5 standard deviations
      assertThat(old.asked()).isCloseTo(other.asked(), within(200));
      weigh("serve-shared", "40");
      awaitWeight("serve-shared", 40);
      assertThat(canariesOf(2000, "shared")).isCloseTo(800, within(100));

      final int before = canary.asked();
      assertThat(canariesOf(100, "shared", "X-Canary", "always")).isEqualTo(100);
      assertThat(canary.asked()).isEqualTo(before + 100);
      assertThat(canariesOf(100, "shared", "X-Canary", "never")).isZero();

      weigh("serve-shared", "0");
      Eventually.until("none", () -> !gateway.rendered().contains("$drawn_serve_shared"));
      Eventually.until("it is taken over", () -> canariesOf(50, "shared") == 0);
      assertThat(canariesOf(200, "shared")).isZero();
      assertThat(canariesOf(10, "shared", "X-Canary", "always")).isEqualTo(10);
      weigh("serve-shared", "100");
      Eventually.until("all", () -> canariesOf(50, "shared") == 50);
    }
  }

  @Test
  void aWeightOfNoUseIsTheDefault() {
    try (ServedInstance served = stable("serve-weighed", "1");
        ServedInstance canary = canary("serve-weighed", "2")) {
      for (String useless :
          List.of(
              "101", "-1", "1e1", "50%", "ten", "", "5; } server { listen 1; }", "%", "{{.}}")) {
        weigh("serve-weighed", "37");
        awaitWeight("serve-weighed", 37);
        weigh("serve-weighed", useless);
        awaitWeight("serve-weighed", 10);
      }
      weigh("serve-weighed", " 25\n");
      awaitWeight("serve-weighed", 25);
      assertThat(served.asked() + canary.asked()).isZero();
    }
  }

  @Test
  void withoutAnInstanceThatPassesTheReasonIsSaid() {
    try (ServedInstance served = stable("serve-ill", "1")) {
      Eventually.until("it is served", () -> client.get("/models/ill/ping").status() == 200);
      Answer noCanary = client.post("/models/ill/invocations", BODY, "X-Canary", "always");
      assertThat(noCanary.status()).as(noCanary.toString()).isEqualTo(503);
      served.healthIs(503);
      Eventually.until("it is left out", () -> client.get("/models/ill/ping").status() == 503);
      Answer answer =
          Eventually.get(
              "by every worker",
              () -> client.post("/models/ill/invocations", BODY),
              one -> one.status() == 503);
      assertThat(answer.json().path("error").asText()).contains("passes its health check");
      assertThat(answer.header("Retry-After")).isNotEmpty();
      assertThat(answer.header("X-Request-Id")).isNotEmpty();
      served.healthIs(200);
      Eventually.until("it is back", () -> client.get("/models/ill/ping").status() == 200);
    }
  }

  @Test
  void anInstanceThatSaysItCantIsPassedOver() {
    try (ServedInstance well = stable("serve-passed", "1");
        ServedInstance draining = stable("serve-passed", "1").answersWith(503)) {
      Eventually.until(
          "both are known", () -> gateway.serving().contains("127.0.0.1:" + draining.port() + " "));
      Eventually.until(
          "the old configuration is gone",
          () -> client.get("/models/passed/ping").status() == 200 && draining.asked() > 0);
      final int before = well.asked();
      for (int n = 0; n < 100; n++) {
        Answer answer = client.post("/models/passed/invocations", BODY);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
      }
      assertThat(well.asked()).isEqualTo(before + 100);
      assertThat(draining.asked()).as("asked, then left alone for a while").isBetween(1, 20);
    }
  }

  @Test
  void whatAnybodyRegistersDoesNotGetIntoTheConfiguration() {
    try (ServedInstance served = stable("serve-honest", "1")) {
      awaitServed("honest");
      for (String name :
          List.of(
              "serve-x;return 200",
              "serve-x{}",
              "serve-x\n}",
              "serve-\"x\"",
              "serve-$(id)",
              "serve-x'",
              "serve-${host}",
              "serve-",
              "serve--x",
              "serve-UPPER",
              "serve-a.b",
              "serve-" + "x".repeat(120))) {
        register(name, name, "127.0.0.1", served.port(), List.of("nomad-ml-serving", "stable"));
      }
      for (String address :
          List.of("127.0.0.1;}", "no.such.host", "127.0.0.1 down", "999.1.1.1", "unix:/x", "::1")) {
        register(address, "serve-honest", address, 80, List.of("nomad-ml-serving", "stable"));
      }
      register("0", "serve-honest", "127.0.0.1", 0, List.of("nomad-ml-serving", "stable"));
      register("t", "serve-tagged", "127.0.0.1", 80, List.of("stable", "prometheus"));
      register(
          "v",
          "serve-last",
          "127.0.0.1",
          served.port(),
          List.of("nomad-ml-serving", "canary\"};", "version-1\"};", "stable"));
      awaitServed("last");
      String configuration = gateway.rendered();
      assertThat(configuration)
          .doesNotContain(
              "return 200;",
              "serve-x",
              "serve-$",
              "UPPER",
              "--x",
              "a.b",
              "xxx",
              "tagged",
              "down;",
              "no.such.host",
              "999.",
              "::1",
              "};\"");
      assertThat(configuration.lines().filter(line -> line.contains("server 127.0.0.1:")).toList())
          .allMatch(line -> line.endsWith(":" + served.port() + " max_fails=3 fail_timeout=5s;"));
      assertThat(client.get("/models").json().path("models").findValuesAsText("name"))
          .contains("honest", "last")
          .allMatch(name -> name.matches("[a-z0-9-]+"));
      assertThat(gateway.errors()).doesNotContain("refuses");
    }
  }

  @Test
  void aConfigurationThatNginxRefusesIsToldAndTheOldOneStays() throws IOException {
    try (ServedInstance served = stable("serve-kept", "1")) {
      awaitServed("kept");
      String allocation = gateway.allocation().path("ID").asText();
      Load load = client.load(2, "/models/kept/invocations", BODY);
      Files.writeString(gateway.renderedFile(), "http { upstream x { server nowhere:; } }\n");
      Eventually.until("it says so", () -> gateway.errors().contains("goes on by the one before"));
      assertThat(gateway.errors()).contains("nginx refuses", "tried.conf");
      load.awaitMore(100);
      assertThat(served.asked()).isGreaterThan(100);
      try (ServedInstance next = stable("serve-next", "1")) {
        awaitServed("next");
        Eventually.until("it serves", () -> client.get("/models/next/ping").status() == 200);
        assertThat(next.asked()).isPositive();
      }
      assertThat(load.end().keySet()).containsExactly("200 version 1");
      assertThat(gateway.allocation().path("ID").asText()).isEqualTo(allocation);
    }
  }

  @Test
  void aNewConfigurationDropsNoRequest() {
    try (ServedInstance first = stable("serve-reloaded", "1");
        ServedInstance canary = canary("serve-reloaded", "2")) {
      awaitWeight("serve-reloaded", 10);
      Eventually.until("it is", () -> client.get("/models/reloaded/ping").status() == 200);
      Load load = client.load(8, "/models/reloaded/invocations", BODY);
      final long taken = takenOver();
      for (int weight = 50; weight < 60; weight++) {
        weigh("serve-reloaded", String.valueOf(weight));
        awaitWeight("serve-reloaded", weight);
        load.awaitMore(200);
      }
      Eventually.until("each was taken over", () -> takenOver() >= taken + 5);
      Map<String, Integer> outcomes = load.end();
      System.out.println("reloaded " + (takenOver() - taken) + " times: " + outcomes);
      assertThat(outcomes.keySet()).containsExactly("200 version 1", "200 version 2");
      assertThat(first.asked() + canary.asked()).isGreaterThan(2000);
    }
  }

  @Test
  void withoutConsulItGoesOnByWhatItKnows() {
    try (ServedInstance served = stable("serve-outage", "1")) {
      Eventually.until("it is served", () -> client.get("/models/outage/ping").status() == 200);
      String allocation = gateway.allocation().path("ID").asText();
      Load load = client.load(2, "/models/outage/invocations", BODY);
      cluster.consul().program().signal("STOP");
      load.awaitMore(2000);
      assertThat(served.asked()).isGreaterThan(2000);
      cluster.consul().program().signal("CONT");
      try (ServedInstance next = stable("serve-after", "1")) {
        Eventually.until("it follows", () -> client.get("/models/after/ping").status() == 200);
        assertThat(next.asked()).isPositive();
      }
      assertThat(load.end().keySet()).containsExactly("200 version 1");
      assertThat(gateway.allocation().path("ID").asText()).isEqualTo(allocation);
    }
  }

  @Test
  void whoAsksTooOftenIsToldSo() {
    try (ServedInstance served = stable("serve-limited", "1")) {
      Gateway strict = Gateway.start(cluster, "strict", "rate=5", "burst=10", "body=1k");
      Client hasty = Client.of(strict.port());
      Eventually.until("it is served", () -> strict.rendered().contains("serve-limited"));
      Eventually.until("it serves", () -> hasty.get("/health").status() == 200);
      List<Answer> answers =
          IntStream.range(0, 60).mapToObj(n -> hasty.post("/models/limited/ping", BODY)).toList();
      List<Answer> refused = answers.stream().filter(one -> one.status() == 429).toList();
      assertThat(answers.stream().filter(one -> one.status() == 200)).hasSizeBetween(10, 40);
      assertThat(new TreeSet<>(answers.stream().map(Answer::status).toList()))
          .containsExactly(200, 429);
      assertThat(served.asked()).isEqualTo(60 - refused.size());
      assertThat(refused.get(0).header("Retry-After")).isEqualTo("1");
      assertThat(refused.get(0).json().path("error").asText()).contains("more than 5 requests");
      Answer large = hasty.post("/models/limited/invocations", "x".repeat(2000));
      assertThat(large.status()).isEqualTo(413);
      assertThat(large.json().path("error").asText()).contains("larger than 1k");
      cluster.nomad().stop("strict");
    }
  }

  @Test
  void byTlsItShowsItsCertificateAndTakesOverANewOne() {
    ServerCertificate certificate = new ServerCertificate(cluster, "certificate");
    try (ServedInstance served = stable("serve-secure", "1")) {
      Gateway secure = Gateway.start(cluster, "secure", "tls=" + certificate.folder());
      Client trusting = Client.of(secure.port(), certificate.context());
      Eventually.until("it is served", () -> trusting.get("/models/secure/ping").status() == 200);
      final BigInteger first = trusting.get("/health").certificate();
      assertThat(Client.of(secure.port()).get("/health").status()).as("without TLS").isEqualTo(400);
      assertThat(served.asked()).isPositive();
      Eventually.until(
          "Consul's check passes",
          () -> cluster.consul().passing("gateway").contains(secure.port()));

      String allocation = secure.allocation().path("ID").asText();
      certificate.renew();
      Eventually.until(
          "the new one is shown",
          () ->
              !Client.of(secure.port(), certificate.context())
                  .get("/health")
                  .certificate()
                  .equals(first));
      assertThat(secure.allocation().path("ID").asText()).isEqualTo(allocation);
      cluster.nomad().stop("secure");
    }
  }

  @Test
  void theAccessLogTellsWhoAskedWhichModelAndWhoAnswered() {
    try (ServedInstance well = stable("serve-logged", "12");
        ServedInstance failing = stable("serve-logged", "12").answersWith(503)) {
      Eventually.until(
          "both are known", () -> gateway.serving().contains("127.0.0.1:" + failing.port() + " "));
      Eventually.until("it is served", () -> client.get("/models/logged/ping").status() == 200);
      for (int n = 0; n < 20; n++) {
        client.post("/models/logged/invocations?x=%22", BODY, "X-Request-Id", "logged-" + n);
      }
      client.get("/models/nobody/ping", "X-Request-Id", "not an id");
      List<JsonNode> logged =
          Eventually.get(
              "all are logged",
              () ->
                  gateway.accesses().stream()
                      .filter(one -> one.path("request_id").asText().startsWith("logged-"))
                      .toList(),
              found -> found.size() == 20);
      for (JsonNode one : logged) {
        assertThat(one.path("client").asText()).isEqualTo("127.0.0.1");
        assertThat(one.path("method").asText()).isEqualTo("POST");
        assertThat(one.path("path").asText()).isEqualTo("/models/logged/invocations");
        assertThat(one.path("model").asText()).isEqualTo("logged");
        assertThat(one.path("group").asText()).isEqualTo("stable");
        assertThat(one.path("version").asText()).isEqualTo("12");
        assertThat(one.path("status").asInt()).isEqualTo(200);
        assertThat(one.path("seconds").isNumber()).isTrue();
        assertThat(one.path("upstream").asText()).endsWith("127.0.0.1:" + well.port());
        assertThat(one.path("upstream_status").asText()).endsWith("200");
        assertThat(one.path("upstream_seconds").asText()).matches("[0-9., ]+");
      }
      assertThat(gateway.accesses())
          .anyMatch(
              one ->
                  one.path("path").asText().equals("/models/nobody/ping")
                      && one.path("status").asInt() == 404
                      && one.path("request_id").asText().matches("[0-9a-f]{32}"));
    }
  }

  private ServedInstance stable(String service, String version) {
    return ServedInstance.start(cluster, service, "stable", version);
  }

  private ServedInstance canary(String service, String version) {
    return ServedInstance.start(cluster, service, "canary", version);
  }

  private void register(String id, String name, String address, int port, List<String> tags) {
    cluster
        .consul()
        .rest()
        .put(
            "/v1/agent/service/register",
            Map.of("ID", id, "Name", name, "Address", address, "Port", port, "Tags", tags));
  }

  private void weigh(String service, String weight) {
    cluster.consul().keep("nomad-ml/gateway/" + service + "/canary_weight", weight);
  }

  private void awaitServed(String model) {
    Eventually.until(
        model + " is listed",
        () -> client.get("/models").json().path("models").findValuesAsText("name").contains(model));
    Eventually.until(
        model + " is served", () -> client.get("/models/" + model + "/ping").status() == 200);
  }

  /**
   * Waits until a weight is rendered and taken over: the share of canaries of a rendered
   * configuration.
   */
  private void awaitWeight(String service, int weight) {
    String line = "$drawn_%s { %d%% canary;".formatted(service.replace('-', '_'), weight);
    Eventually.until(service + " is weighed " + weight, () -> gateway.serving().contains(line));
  }

  private long takenOver() {
    return gateway.errors().lines().filter(line -> line.contains("took over a new")).count();
  }

  /** How many of so many requests a canary, which is version 2, answered. */
  private int canariesOf(int requests, String model, String... headers) {
    int canaries = 0;
    for (int n = 0; n < requests; n++) {
      Answer answer = client.post("/models/" + model + "/invocations", BODY, headers);
      assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
      canaries += answer.version().equals("2") ? 1 : 0;
    }
    return canaries;
  }
}
