package nomadml.system.servers;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** What an alert goes through, and no more: Consul, Pushgateway, Prometheus and Alertmanager. */
public final class Monitoring implements AutoCloseable {
  private final Folders folders;
  private final Consul consul;
  private final Pushgateway pushgateway;
  private final Alertmanager alertmanager;
  private final Prometheus prometheus;

  /**
   * Starts them; the rules are the repository's, but that none waits for longer than a second.
   *
   * @param alerts the environment of {@code prometheus/alertmanager.sh}
   */
  public Monitoring(String name, Map<String, String> alerts) {
    folders = new Folders(name);
    consul = new Consul(folders);
    consul.awaitReady();
    pushgateway = new Pushgateway(folders, consul);
    pushgateway.awaitReady();
    alertmanager = new Alertmanager(folders, alerts);
    alertmanager.awaitReady(consul);
    prometheus = new Prometheus(folders, consul, FreePort.next(), impatient());
    prometheus.awaitReady();
  }

  private Path impatient() {
    Pattern wait = Pattern.compile("(?m)^( +for:) .*$");
    for (Path file : Repository.files("prometheus/rules", ".yml")) {
      String name = file.getFileName().toString();
      String rules = Repository.text("prometheus/rules/" + name);
      folders.write("rules/" + name, wait.matcher(rules).replaceAll("$1 1s"));
    }
    return folders.state("rules");
  }

  public Pushgateway pushgateway() {
    return pushgateway;
  }

  public Prometheus prometheus() {
    return prometheus;
  }

  public Alertmanager alertmanager() {
    return alertmanager;
  }

  @Override
  public void close() {
    prometheus.close();
    alertmanager.close();
    pushgateway.close();
    consul.close();
    folders.close();
  }
}
