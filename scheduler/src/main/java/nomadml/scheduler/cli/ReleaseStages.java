package nomadml.scheduler.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Ports;
import nomadml.scheduler.deploy.Wish;
import nomadml.scheduler.release.Environments;
import nomadml.scheduler.release.Plan;
import nomadml.scheduler.release.ReleaseLog;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The environments of a release: contexts of config.yaml. */
final class ReleaseStages {
  static final String USUAL = "test,gpu-test,prod:approve,gpu-prod";

  @Option(
      names = "--stages",
      split = ",",
      paramLabel = "CONTEXT[:approve]",
      description =
          "contexts in their order; with :approve a human is asked there (default:"
              + " ${DEFAULT-VALUE}). The first one keeps the record",
      defaultValue = USUAL)
  private List<String> stages = new ArrayList<>();

  List<Plan> plans() {
    return Plan.parse(stages);
  }

  String first() {
    return plans().get(0).context();
  }

  static Environments environments(ConnectionOptions connection) {
    return new Contexts(connection, new HashMap<>(), new HashMap<>());
  }

  /** Each connected once. */
  private record Contexts(
      ConnectionOptions connection, Map<String, Platform> platforms, Map<String, Ports> known)
      implements Environments {

    private Platform platform(String context) {
      try {
        return platforms.computeIfAbsent(context, connection::platform);
      } catch (SchedulerFailure e) {
        String hint = e.hint() == null ? "" : e.hint() + "; ";
        throw new SchedulerFailure(
            e.exitCode(),
            "stage " + context + ": " + e.getMessage(),
            hint + "--stages names the contexts to go through",
            e);
      }
    }

    @Override
    public ReleaseLog log(String context) {
      return platform(context).releases();
    }

    @Override
    public Ports ports(String context) {
      return known.computeIfAbsent(context, name -> platform(name).deploying(null));
    }

    @Override
    public Wish wish(Plan stage, boolean last, ModelVersion version, String digest) {
      List<String> options = platform(stage.context()).deployOptions();
      DeployOptions parsed = new DeployOptions();
      CommandLine line = new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true);
      try {
        ParseResult given = line.parseArgs(options.toArray(new String[0]));
        List<String> all = new ArrayList<>(options);
        if (!last && !given.hasMatchedOption("--alias")) {
          all.add("--alias=");
        }
        if (stage.approval() && !given.hasMatchedOption("--approve")) {
          all.add("--approve");
        }
        line.parseArgs(all.toArray(new String[0]));
        return parsed.gates.wish(version, digest, parsed.serving.settings());
      } catch (ParameterException e) {
        throw refused(stage, String.valueOf(e.getMessage()), "submit-job deploy --help", e);
      } catch (SchedulerFailure e) {
        throw refused(stage, String.valueOf(e.getMessage()), e.hint(), e);
      }
    }

    private static SchedulerFailure refused(
        Plan stage, String why, @Nullable String hint, RuntimeException cause) {
      return new SchedulerFailure(
          ExitCode.USAGE, "deploy: of context " + stage.context() + ": " + why, hint, cause);
    }
  }

  /** What {@code deploy:} of a context may say. */
  @Command(name = "deploy")
  private static final class DeployOptions {
    @Mixin private ServingOptions serving;
    @Mixin private GateOptions gates;
  }
}
