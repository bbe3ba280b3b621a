package nomadml.scheduler.nomad;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.DeploymentLog;
import nomadml.scheduler.deploy.ModelReference;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import nomadml.spec.Names;

/** Deployments as Nomad Variables, one each: a Variable holds 64 KiB. */
public final class NomadVariables implements DeploymentLog {
  private static final String ITEM = "deployment";
  private static final int CONFLICT = 409;
  private static final ObjectMapper JSON =
      Json.MAPPER
          .copy()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // A newer one's.
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new Moments()));

  private final Connection connection;

  private NomadVariables(Connection connection) {
    this.connection = connection;
  }

  /** Those of a Nomad at this address; nothing is asked of it yet. */
  public static NomadVariables of(NomadSettings settings) {
    return new NomadVariables(Connection.open(settings));
  }

  @Override
  public List<Entry> newest(String model, int limit) {
    String prefix = folder(model);
    List<String> ids =
        connection.attempt(
            "list its Variables below " + prefix,
            () -> {
              List<String> found = new ArrayList<>();
              for (JsonNode one :
                  connection.rest().get(in(Map.of("prefix", prefix)), "vars").body()) {
                found.add(one.path("Path").asText().substring(prefix.length()));
              }
              return found;
            });
    return ids.stream()
        .sorted(Comparator.reverseOrder())
        .limit(limit)
        .flatMap(id -> entry(model, id).stream())
        .toList();
  }

  @Override
  public Optional<Entry> entry(String model, String id) {
    return connection.attempt(
        "read its Variable " + folder(model) + id,
        () -> {
          try {
            JsonNode variable = connection.rest().get(in(Map.of()), path(model, id)).body();
            return Optional.of(
                new Entry(
                    read(variable.path("Items").path(ITEM).asText(), folder(model) + id),
                    variable.path("ModifyIndex").asLong()));
          } catch (NomadRest.Refused e) {
            if (e.status() == 404) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  @Override
  public boolean write(Deployment deployment, long index) {
    String model = deployment.wish().model();
    String path = folder(model) + deployment.id();
    Map<String, Object> body = Map.of("Path", path, "Items", Map.of(ITEM, json(deployment)));
    return connection.attempt(
        "write its Variable " + path,
        () -> {
          try {
            connection
                .rest()
                .put(in(Map.of("cas", Long.toString(index))), body, path(model, deployment.id()));
            return true;
          } catch (NomadRest.Refused e) {
            if (e.status() == CONFLICT) {
              return false;
            }
            throw e;
          }
        });
  }

  private Map<String, String> in(Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(parameters);
    all.put("namespace", connection.settings().submissionNamespace());
    return all;
  }

  /** By the service's name: a model may be called by letters that a path does not take. */
  private static String folder(String model) {
    return Names.DEPLOYMENTS + ModelReference.service(model) + "/";
  }

  private static String[] path(String model, String id) {
    return ("var/" + folder(model) + id).split("/");
  }

  private static String json(Deployment deployment) {
    try {
      return JSON.writeValueAsString(deployment);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Deployment read(String json, String path) {
    try {
      return JSON.readValue(json, Deployment.class);
    } catch (JsonProcessingException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the Nomad Variable " + path + " holds no deployment: " + e.getOriginalMessage(),
          "nomad var get " + path + " shows it; nomad var purge " + path + " forgets it",
          e);
    }
  }

  private static final class Moments extends StdDeserializer<Instant> {
    Moments() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return Instant.parse(parser.getText());
    }
  }
}
