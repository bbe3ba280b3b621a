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
import nomadml.scheduler.deploy.ModelReference;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;

/**
 * Records of models as Nomad Variables, one each: a Variable holds 64 KiB.
 *
 * @param root where they are: {@code <root><service>/<id>}
 * @param item how the record is called, in the Variable and for people
 */
record JsonVariables<T>(Connection connection, String root, String item, Class<T> type) {
  private static final int CONFLICT = 409;
  private static final ObjectMapper JSON =
      Json.MAPPER
          .copy()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // A newer one's.
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new Moments()));

  /** A record as it was read. */
  record Found<T>(T value, long index) {}

  List<Found<T>> newest(String model, int limit) {
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

  Optional<Found<T>> entry(String model, String id) {
    return connection.attempt(
        "read its Variable " + folder(model) + id,
        () -> {
          try {
            JsonNode variable = connection.rest().get(in(Map.of()), path(model, id)).body();
            return Optional.of(
                new Found<>(
                    read(variable.path("Items").path(item).asText(), folder(model) + id),
                    variable.path("ModifyIndex").asLong()));
          } catch (NomadRest.Refused e) {
            if (e.status() == 404) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** False when somebody else wrote it since it was read. */
  boolean write(String model, String id, T value, long index) {
    String path = folder(model) + id;
    Map<String, Object> body = Map.of("Path", path, "Items", Map.of(item, json(value)));
    return connection.attempt(
        "write its Variable " + path,
        () -> {
          try {
            connection.rest().put(in(Map.of("cas", Long.toString(index))), body, path(model, id));
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
  private String folder(String model) {
    return root + ModelReference.service(model) + "/";
  }

  private String[] path(String model, String id) {
    return ("var/" + folder(model) + id).split("/");
  }

  private String json(T value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private T read(String json, String path) {
    try {
      return JSON.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the Nomad Variable " + path + " holds no " + item + ": " + e.getOriginalMessage(),
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
