package nomadml.scheduler.notify;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/**
 * The addresses that the operator gave names, one {@code name=address} a line: {@code https://…}
 * for JSON, {@code slack+https://…} for Slack's form, {@code mailto:…}; and the mail server's
 * settings.
 */
final class AddressBook {
  /** Lines that are no addresses. */
  private static final String SMTP = "smtp";

  private static final String SMTP_PASSWORD = "smtp_password";
  private static final String MAIL_FROM = "mail_from";
  private static final Set<String> SCHEMES =
      Set.of("http", "https", "slack+http", "slack+https", "mailto");

  private final Map<String, String> lines;

  private AddressBook(Map<String, String> lines) {
    this.lines = lines;
  }

  static AddressBook read(Path file) {
    Map<String, String> lines = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          lines.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
        }
      }
    } catch (IOException e) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "can't read the addresses to notify in " + file,
          "check NOMAD_ML_NOTIFY",
          e);
    }
    return new AddressBook(lines);
  }

  boolean knows(String name) {
    return lines.containsKey(name) && !Set.of(SMTP, SMTP_PASSWORD, MAIL_FROM).contains(name);
  }

  /** Where a name is reached. */
  URI address(String name) {
    URI address = uri(name);
    if (!SCHEMES.contains(String.valueOf(address.getScheme()))) {
      throw unusable(name, "begins with none of https:, slack+https: and mailto:");
    }
    return address;
  }

  /** {@code smtp://user@host:587} or {@code smtps://…}. */
  URI mailServer() {
    return lines.containsKey(SMTP) ? uri(SMTP) : URI.create("smtp://localhost:25");
  }

  Optional<String> mailPassword() {
    return Optional.ofNullable(lines.get(SMTP_PASSWORD));
  }

  String mailFrom() {
    return lines.getOrDefault(MAIL_FROM, "nomad-ml@localhost");
  }

  private URI uri(String name) {
    try {
      return new URI(lines.getOrDefault(name, ""));
    } catch (URISyntaxException e) {
      throw unusable(name, "is no address");
    }
  }

  /** The address may be a secret, so only its name is said. */
  private static SchedulerFailure unusable(String name, String why) {
    return new SchedulerFailure(
        ExitCode.USAGE,
        "the address given to " + name + " " + why,
        "nomad var put -force nomad/jobs/nomad-ml-reconciler … with the whole set of names");
  }
}
