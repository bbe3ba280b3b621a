package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.DeniedFailure;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Deployment.Kind;
import nomadml.scheduler.deploy.Deployment.State;
import nomadml.scheduler.deploy.Deployment.Step;
import nomadml.scheduler.deploy.Replica;
import nomadml.scheduler.deploy.Rollout;
import nomadml.scheduler.deploy.ServingJob;
import nomadml.scheduler.deploy.Wishes;
import nomadml.spec.Json;
import nomadml.spec.log.LogLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NomadServingTest {
  private static final String VARIABLE =
      "/v1/var/nomad-ml/deployments/serve-digits/20260102030405-1a2b";
  private static final String LOGGED =
      new LogLine(Instant.EPOCH, LogLine.Level.ERROR, "serving", "no such model", Map.of(), null)
          .json();

  private FakeNomad nomad;
  private NomadServing serving;
  private NomadVariables variables;

  @BeforeEach
  void start() throws IOException {
    nomad = new FakeNomad();
    serving = NomadServing.connect(nomad.settings());
    variables = NomadVariables.of(nomad.settings());
  }

  @AfterEach
  void stop() {
    nomad.close();
  }

  @Test
  void jobThatIsNotThereIsNone() {
    nomad.on("GET /v1/job/serve-digits", FakeNomad.status(404, "job not found"));
    nomad.on("GET /v1/job/serve-digits/versions", FakeNomad.status(404, "job versions not found"));
    nomad.on("GET /v1/allocations", "[]");
    assertThat(serving.current("serve-digits")).isEmpty();
    assertThat(serving.versions("serve-digits")).isEmpty();
    assertThat(serving.replicas("serve-digits")).isEmpty();
  }

  @Test
  void versionThatNomadCameBackToIsTheFirstOne() {
    nomad.on(
        "GET /v1/job/serve-digits/versions",
        """
        {"Versions": [
          {"ID": "serve-digits", "Namespace": "default", "Version": 2,
           "Meta": {"nomad_ml_deployment": "a", "nomad_ml_model": "digits", "nomad_ml_model_version": "4"}},
          {"ID": "serve-digits", "Namespace": "default", "Version": 1, "Meta": {"nomad_ml_deployment": "b"}},
          {"ID": "serve-digits", "Namespace": "default", "Version": 0, "Meta": {"nomad_ml_deployment": "a"}}
        ]}
        """);
    assertThat(serving.registered("serve-digits", "a")).map(ServingJob::version).contains(0L);
    assertThat(serving.registered("serve-digits", "c")).isEmpty();
  }

  @Test
  void readsARolloutAndItsServers() {
    nomad.on(
        "GET /v1/job/serve-digits/deployments",
        """
        [{"ID": "d", "Namespace": "default", "JobVersion": 1, "Status": "running",
          "StatusDescription": "Deployment is running but requires manual promotion",
          "TaskGroups": {"serve": {"DesiredCanaries": 1, "Promoted": false, "HealthyAllocs": 1,
            "UnhealthyAllocs": 0, "DesiredTotal": 2}}},
         {"ID": "c", "Namespace": "default", "JobVersion": 0, "Status": "cancelled"}]
        """);
    nomad.on(
        "GET /v1/allocations",
        """
        [{"ID": "b", "JobID": "serve-digits", "NodeName": "node-1", "JobVersion": 1, "CreateIndex": 2,
          "ClientStatus": "running", "DesiredStatus": "run",
          "DeploymentStatus": {"Healthy": true, "Canary": true},
          "AllocatedResources": {"Shared": {"Ports": [{"Label": "http", "Value": 21000, "HostIP": "10.0.0.7"}]}}},
         {"ID": "a", "JobID": "serve-digits", "NodeName": "node-2", "JobVersion": 0, "CreateIndex": 1,
          "ClientStatus": "pending", "DesiredStatus": "run"}]
        """);
    Rollout rollout = serving.rollout(job(1)).orElseThrow();
    assertThat(rollout.status()).isEqualTo(Rollout.Status.RUNNING);
    assertThat(rollout.canaries()).isEqualTo(1);
    assertThat(rollout.healthy()).isEqualTo(1);
    assertThat(serving.rollout(job(0)).orElseThrow().status()).isEqualTo(Rollout.Status.FAILED);
    assertThat(serving.rollout(job(7))).isEmpty();
    List<Replica> replicas = serving.replicas("serve-digits");
    assertThat(replicas).map(Replica::address).containsExactly("", "10.0.0.7:21000");
    assertThat(replicas).map(Replica::canary).containsExactly(false, true);
    assertThat(replicas.get(0).healthy()).isNull();
  }

  @Test
  void whoMayNotPromoteIsToldWhatItTakes() {
    nomad.on("PUT /v1/deployment/promote/d", FakeNomad.status(403, "Permission denied"));
    DeniedFailure failure =
        catchThrowableOfType(DeniedFailure.class, () -> serving.promote(rollout()));
    assertThat(failure).hasMessageContaining("denied to promote the deployment d");
    assertThat(failure.hint()).contains("NOMAD_TOKEN");
  }

  @Test
  void lastLinesAreTheLastOnes() {
    Replica replica =
        new Replica(AllocationReader.allocation(tree("{\"ID\": \"a\"}")), 0, true, null, "");
    assertThat(serving.lastLines(replica)).isEmpty();
    nomad.on("GET /v1/client/fs/logs/a", "1\n2\n\n3\n4\n5\n" + LOGGED);
    assertThat(serving.lastLines(replica)).containsExactly("2", "3", "4", "5", "no such model");
  }

  @Test
  void deploymentIsReadAsItWasWritten() {
    String[] written = {""};
    nomad.on(
        "PUT " + VARIABLE,
        exchange -> {
          written[0] =
              Json.MAPPER.readTree(exchange.getRequestBody()).at("/Items/deployment").asText();
          FakeNomad.status(200, "{}").give(exchange);
        });
    assertThat(variables.write(deployment(), 7)).isTrue();
    assertThat(nomad.requests()).anyMatch(request -> request.contains("cas=7"));
    nomad.on(
        "GET " + VARIABLE,
        Json.MAPPER
            .createObjectNode()
            .put("ModifyIndex", 8)
            .set("Items", Json.MAPPER.createObjectNode().put("deployment", written[0]))
            .toString());
    nomad.on(
        "GET /v1/vars", "[{\"Path\": \"nomad-ml/deployments/serve-digits/20260102030405-1a2b\"}]");
    assertThat(variables.newest("digits", 5))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.index()).isEqualTo(8);
              assertThat(entry.deployment()).isEqualTo(deployment());
            });
  }

  @Test
  void deploymentThatSomebodyElseWroteIsNotOverwritten() {
    nomad.on("PUT " + VARIABLE, FakeNomad.status(409, "{}"));
    assertThat(variables.write(deployment(), 7)).isFalse();
  }

  @Test
  void deploymentThatIsNotThereIsNone() {
    nomad.on("GET " + VARIABLE, FakeNomad.status(404, "variable not found"));
    assertThat(variables.entry("digits", "20260102030405-1a2b")).isEmpty();
  }

  @Test
  void variableOfSomebodyElseIsNamed() {
    nomad.on("GET " + VARIABLE, "{\"Items\": {\"deployment\": \"x\"}}");
    SchedulerFailure failure =
        catchThrowableOfType(
            SchedulerFailure.class, () -> variables.entry("digits", "20260102030405-1a2b"));
    assertThat(failure)
        .hasMessageContaining("serve-digits/20260102030405-1a2b holds no deployment");
    assertThat(failure.hint()).contains("nomad var get");
  }

  private static ServingJob job(long version) {
    return new ServingJob("serve-digits", "default", version, 1, false, "digits", "4", "a");
  }

  private static Rollout rollout() {
    return new Rollout("d", "default", 1, Rollout.Status.RUNNING, "", 1, false, 1, 0, 2);
  }

  private static Deployment deployment() {
    return new Deployment(
        "20260102030405-1a2b",
        Kind.DEPLOY,
        Wishes.approved("5", "2h", "p95<=1.2x"),
        "4",
        null,
        12,
        Instant.parse("2026-01-02T03:04:05Z"),
        State.STARTED,
        List.of(new Step(Instant.parse("2026-01-02T03:04:05Z"), "ada", "wished", "", List.of())));
  }

  private static JsonNode tree(String json) {
    try {
      return Json.MAPPER.readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
