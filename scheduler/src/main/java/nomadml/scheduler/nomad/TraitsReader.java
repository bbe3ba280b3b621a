package nomadml.scheduler.nomad;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import nomadml.scheduler.nomad.Traits.Machine;
import nomadml.spec.JobFile.Driver;
import nomadml.spec.Names;

/**
 * Reads what nodes have, by three requests however many nodes there are.
 *
 * @param programs the node metadata that lists the versions laid there
 */
record TraitsReader(NomadRest rest, String version, String programs) {
  TraitsReader(NomadRest rest, String version) {
    this(rest, version, Names.META_TRAINERS);
  }

  Traits read() throws IOException {
    Set<String> trainers = nodesWhere(matches(programs, "(^|,) *" + literally() + " *(,|$)"));
    Set<String> folders = nodesWhere(matches(Names.META_TRAINER_FOLDER, "."));
    List<Machine> machines = new ArrayList<>();
    int unavailable = 0;
    for (JsonNode node : rest.get(Map.of("resources", "true"), "nodes").body()) {
      if (!NodeFacts.isSchedulable(node)) {
        unavailable++;
        continue;
      }
      String id = node.path("ID").asText();
      NodeFacts facts = new NodeFacts(node);
      machines.add(
          new Machine(
              node.path("Name").asText(),
              node.path("NodePool").asText(),
              node.path("Datacenter").asText(),
              drivers(facts),
              trainers.contains(id),
              folders.contains(id),
              node.path("HostVolumes").has(Names.TRAINER_VOLUME),
              facts.cpu(),
              facts.memoryMebibytes(),
              facts.diskMebibytes(),
              facts.devices()));
    }
    return new Traits(machines, unavailable);
  }

  private Set<String> nodesWhere(String filter) throws IOException {
    Set<String> ids = new HashSet<>();
    for (JsonNode node : rest.get(Map.of("filter", filter), "nodes").body()) {
      ids.add(node.path("ID").asText());
    }
    return ids;
  }

  private static String matches(String key, String expression) {
    return "\"%1$s\" in Meta and Meta.%1$s matches `%2$s`".formatted(key, expression);
  }

  private String literally() {
    return Pattern.compile("[^A-Za-z0-9-]").matcher(version).replaceAll("\\\\$0");
  }

  private static Set<Driver> drivers(NodeFacts facts) {
    Set<Driver> drivers = EnumSet.noneOf(Driver.class);
    for (Driver driver : Driver.values()) {
      if (facts.healthyDrivers().contains(DriverChoice.word(driver))) {
        drivers.add(driver);
      }
    }
    return drivers;
  }
}
