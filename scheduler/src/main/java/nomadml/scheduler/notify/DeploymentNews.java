package nomadml.scheduler.notify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import nomadml.scheduler.deploy.Announcement;
import nomadml.scheduler.deploy.Announcer;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Wish;
import nomadml.spec.Json;

/** Tells people of deployments, by the addresses of a file. */
public final class DeploymentNews implements Announcer {
  private final Messages messages;

  private DeploymentNews(Messages messages) {
    this.messages = messages;
  }

  /** Reads the names and addresses of a file. */
  public static DeploymentNews from(Path file) {
    return new DeploymentNews(Messages.from(file));
  }

  @Override
  public boolean knows(String name) {
    return messages.knows(name);
  }

  @Override
  public void tell(String name, Announcement announcement) {
    messages.send(name, new News(announcement));
  }

  /** What is told of a deployment. */
  record News(Announcement announcement) implements Letter {
    @Override
    public String subject() {
      Wish wish = announcement.deployment().wish();
      String verb =
          switch (announcement.event()) {
            case "waiting" -> "waits for approval";
            case "promoted" -> "is promoted";
            case "rejected" -> "was rejected";
            default -> "has failed and was taken back";
          };
      return "model %s/%s %s".formatted(wish.model(), wish.version(), verb);
    }

    @Override
    public String text() {
      Deployment deployment = announcement.deployment();
      Deployment.Step last = deployment.last();
      StringBuilder text = new StringBuilder(subject());
      if (!last.why().isEmpty()) {
        text.append('\n').append(last.why());
      }
      last.measured().forEach(line -> text.append('\n').append(line));
      if (announcement.event().equals("waiting")) {
        text.append("\nsubmit-job deploy promote ").append(deployment.wish().model());
        text.append("\nsubmit-job deploy reject ").append(deployment.wish().model());
      }
      return text.append('\n').append(announcement.link()).toString();
    }

    @Override
    public ObjectNode json() {
      Deployment deployment = announcement.deployment();
      Wish wish = deployment.wish();
      ObjectNode json = Json.MAPPER.createObjectNode();
      json.put("id", deployment.id() + "/" + announcement.event());
      json.put("event", "deployment_" + announcement.event());
      json.put("deployment", deployment.id());
      json.put("model", wish.model());
      json.put("version", wish.version());
      json.put("digest", wish.digest());
      json.put("previous", deployment.previous());
      json.put("service", wish.service());
      json.put("by", deployment.last().by());
      json.put("why", deployment.last().why());
      ArrayNode measured = json.putArray("measured");
      deployment.last().measured().forEach(measured::add);
      json.put("link", announcement.link().toString());
      json.put("text", text());
      return json;
    }
  }
}
