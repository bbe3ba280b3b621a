package nomadml.scheduler.release;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;

/**
 * An environment a release goes through.
 *
 * @param context its name in config.yaml
 * @param approval whether a human is asked there, whatever the context says
 */
public record Plan(String context, boolean approval) {
  private static final String APPROVE = ":approve";

  /** As people write them: {@code test}, {@code prod:approve}. */
  public static List<Plan> parse(List<String> texts) {
    List<Plan> plans = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String text : texts) {
      String stripped = text.strip();
      boolean asks = stripped.endsWith(APPROVE);
      String context =
          asks ? stripped.substring(0, stripped.length() - APPROVE.length()) : stripped;
      if (context.isEmpty() || context.contains(":") || !seen.add(context)) {
        throw new SchedulerFailure(
            ExitCode.USAGE,
            "--stages " + String.join(",", texts) + " is not possible",
            "contexts of config.yaml, each once, with :approve where a human is asked, such as"
                + " test,prod:approve");
      }
      plans.add(new Plan(context, asks));
    }
    return List.copyOf(plans);
  }

  @Override
  public String toString() {
    return approval ? context + APPROVE : context;
  }
}
