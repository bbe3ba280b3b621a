package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import nomadml.scheduler.submit.Node;
import nomadml.spec.JobFile.Driver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NodesTest {
  private static final String NODE =
      """
      {"ID": "n1", "Name": "node-1", "NodePool": "gpu", "Datacenter": "dc1", "Status": "ready",
       "SchedulingEligibility": "eligible", "Drain": false,
       "Drivers": {"raw_exec": {"Healthy": true}, "docker": {"Healthy": false}, "qemu": {"Healthy": true}},
       "HostVolumes": {"nomad-ml-trainer": {}},
       "Meta": {"nomad_ml_trainers": "1.2.2, 1.2.3"},
       "NodeResources": {"Cpu": {"CpuShares": 4000}, "Memory": {"MemoryMB": 8192}, "Disk": {"DiskMB": 9000},
         "Devices": [{"Vendor": "nvidia", "Type": "gpu", "Name": "Tesla T4",
           "Instances": [{"ID": "a", "Healthy": true}, {"ID": "b", "Healthy": true}, {"ID": "c", "Healthy": false}],
           "Attributes": {"memory": {"Int": 15360, "Unit": "MiB"}}}]},
       "ReservedResources": {"Cpu": {"CpuShares": 500}, "Memory": {"MemoryMB": 192}, "Disk": {"DiskMB": 0}}}
      """;

  private static final String ELSEWHERE =
      """
      {"ID": "n2", "Name": "node-2", "Status": "%s", "SchedulingEligibility": "%s", "Drain": %s}
      """;

  private FakeNomad nomad;

  @BeforeEach
  void start() throws IOException {
    nomad = new FakeNomad();
  }

  @AfterEach
  void stop() {
    nomad.close();
  }

  @Test
  void traitsAreOfReadyNodesInAll() throws IOException {
    nomad.on(
        "GET /v1/nodes",
        exchange -> {
          String query = String.valueOf(exchange.getRequestURI().getQuery());
          String nodes = query.contains("nomad_ml_trainer_folder") ? "" : NODE;
          String more =
              query.contains("resources=true")
                  ? ", " + ELSEWHERE.formatted("down", "eligible", "false")
                  : "";
          FakeNomad.status(200, "[" + nodes + more + "]").give(exchange);
        });
    Traits traits = new TraitsReader(nomad.rest(), "1.2.3").read();
    assertThat(traits.unavailable()).isEqualTo(1);
    Traits.Device device = new Traits.Device("nvidia", "gpu", "Tesla T4", 2, 15_360L);
    assertThat(traits.machines())
        .containsExactly(
            new Traits.Machine(
                "node-1",
                "gpu",
                "dc1",
                EnumSet.of(Driver.RAW_EXEC),
                true,
                false,
                true,
                3500,
                8000,
                9000,
                List.of(device)));
    assertThat(nomad.requests())
        .anyMatch(request -> request.contains("matches `(^|,) *1\\.2\\.3 *(,|$)`"));
  }

  @Test
  void showsWhatIsFree() {
    nomad
        .on("GET /v1/nodes", "[{\"ID\": \"n1\"}]")
        .on("GET /v1/node/n1", NODE)
        .on(
            "GET /v1/allocations",
            """
            [{"NodeID": "n1", "AllocatedResources": {"Tasks": {"train": {"Cpu": {"CpuShares": 1000},
               "Memory": {"MemoryMB": 1024}, "Devices": [{"Name": "Tesla T4", "DeviceIDs": ["a"]}]}}}},
             {"NodeID": "other", "AllocatedResources": {"Tasks": {"x": {"Cpu": {"CpuShares": 9}}}}}]
            """);
    assertThat(nomad.cluster().nodes())
        .containsExactly(
            new Node(
                "n1",
                "node-1",
                "ready",
                "gpu",
                "dc1",
                3500,
                2500,
                8000,
                6976,
                List.of(new Node.Gpu("Tesla T4", 15_360, 2, 1)),
                List.of("qemu", "raw_exec"),
                List.of("1.2.2", "1.2.3")));
  }

  @Test
  void saysWhyANodeTakesNothing() {
    assertThat(statusOf("down", "eligible", "false")).isEqualTo("down");
    assertThat(statusOf("ready", "ineligible", "false")).isEqualTo("ineligible");
    assertThat(statusOf("ready", "ineligible", "true")).isEqualTo("draining");
  }

  private String statusOf(String status, String eligibility, String drain) {
    nomad
        .on("GET /v1/nodes", "[{\"ID\": \"n2\"}]")
        .on("GET /v1/allocations", "[]")
        .on("GET /v1/node/n2", ELSEWHERE.formatted(status, eligibility, drain));
    return nomad.cluster().nodes().get(0).status();
  }
}
