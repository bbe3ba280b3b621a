package nomadml.scheduler.deploy;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/**
 * A version of a registered model as people name it: {@code digits/3}, {@code digits@champion},
 * {@code digits/latest}.
 *
 * @param version null when an alias names it, or for the latest
 */
public record ModelReference(String name, @Nullable String version, @Nullable String alias) {
  private static final Pattern FORM =
      Pattern.compile("(?:models:/)?([^/@:]+)(?:/(\\d+|latest)|@([A-Za-z0-9._-]+))");

  /** The longest name that DNS takes. */
  private static final int LONGEST = 63;

  public static ModelReference parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "'" + text + "' names no version of a registered model",
          "NAME/VERSION, NAME@ALIAS or NAME/latest, such as digits/3 or digits@champion");
    }
    String version = form.group(2);
    return new ModelReference(
        form.group(1), "latest".equals(version) ? null : version, form.group(3));
  }

  /** How the Nomad job and the Consul service of a model are called. */
  public static String service(String model) {
    String service =
        Names.SERVE_PREFIX + model.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
    if (service.length() > LONGEST) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          "the service of model " + model + " would be called by " + service.length() + " letters",
          "register it under a name of " + (LONGEST - Names.SERVE_PREFIX.length()) + " at most");
    }
    return service;
  }

  @Override
  public String toString() {
    if (alias != null) {
      return name + "@" + alias;
    }
    return name + "/" + (version == null ? "latest" : version);
  }
}
