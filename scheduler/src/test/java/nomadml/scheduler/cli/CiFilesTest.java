package nomadml.scheduler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nomadml.scheduler.deploy.ModelVersion;
import nomadml.scheduler.deploy.Wish;
import nomadml.scheduler.release.Environments;
import nomadml.scheduler.release.Plan;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The pipelines of docs/ci name commands, options, contexts and variables that there are. */
final class CiFilesTest {
  private static final Path FOLDER = Path.of("../docs/ci");
  private static final Set<String> SCRIPTS = Set.of("script", "run");
  private static final Pattern SH =
      Pattern.compile("\\bsh (?:'''(.*?)'''|'(.*?)')", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'])+");

  @ParameterizedTest
  @ValueSource(strings = {"Jenkinsfile", ".gitlab-ci.yml", "gitea-actions.yaml"})
  void everyCommandIsOne(String file) throws IOException {
    List<String> seen = new ArrayList<>();
    for (String script : scripts(file)) {
      for (String line : script.replaceAll("\\\\\\n\\s*", " ").lines().toList()) {
        if (line.strip().startsWith("./submit-job ")) {
          seen.add(parsed(words(line)));
        }
      }
    }
    assertThat(seen).as(file).containsExactly("plan", "submit-job --follow", "release --report");
  }

  private static String parsed(List<String> words) {
    CommandLine line = Main.commandLine(console(), choices -> new Screen());
    ParseResult last = line.parseArgs(words.subList(1, words.size()).toArray(new String[0]));
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    String option =
        last.hasMatchedOption("--follow")
            ? " --follow"
            : last.hasMatchedOption("--report") ? " --report" : "";
    return last.commandSpec().name() + option;
  }

  @Test
  void gitlabJobsAreOfItsStages() throws IOException {
    Map<?, ?> file = map(yaml(".gitlab-ci.yml"));
    List<Object> stages = new ArrayList<>();
    for (Object job : file.values()) {
      if (job instanceof Map<?, ?> fields && fields.containsKey("script")) {
        stages.add(fields.get("stage"));
        assertThat(fields.get("script")).isInstanceOf(List.class);
      }
    }
    assertThat(stages).isEqualTo(file.get("stages"));
  }

  @Test
  void giteaStepsAreRunOrUsed() throws IOException {
    Map<?, ?> job = map(map(map(yaml("gitea-actions.yaml")).get("jobs")).get("release"));
    for (Object step : (List<?>) Objects.requireNonNull(job.get("steps"))) {
      assertThat(map(step).containsKey("run")).isNotEqualTo(map(step).containsKey("uses"));
    }
  }

  /** Each context of the example can be wished for, and needs only variables the pipelines set. */
  @Test
  void contextsAreComplete() throws IOException {
    String config = Files.readString(FOLDER.resolve("nomad-ml/config.yaml"));
    Set<String> variables = new TreeSet<>();
    Matcher token = Pattern.compile("_token_variable: (\\w+)").matcher(config);
    while (token.find()) {
      variables.add(token.group(1));
    }
    assertThat(variables).hasSize(4);
    for (String file : List.of("Jenkinsfile", ".gitlab-ci.yml", "gitea-actions.yaml")) {
      assertThat(Files.readString(FOLDER.resolve(file))).as(file).contains(variables);
    }
    Map<String, String> environment = new HashMap<>();
    environment.put("XDG_CONFIG_HOME", FOLDER.toString());
    variables.forEach(name -> environment.put(name, "t"));
    Environments contexts =
        ReleaseStages.environments(
            new ConnectionOptions(
                console(), choices -> Connection.of(choices, environment, Clock.systemUTC())));
    ModelVersion version = new ModelVersion("digits", "1", "", "", Map.of());
    for (String stage : List.of("test", "gpu-test", "prod:approve", "gpu-prod")) {
      Plan plan = Plan.parse(List.of(stage)).get(0);
      Wish wish = contexts.wish(plan, stage.equals("gpu-prod"), version, "");
      assertThat(wish.settings().resources().gpu() != null).isEqualTo(stage.startsWith("gpu"));
      assertThat(wish.approve() != null).isEqualTo(stage.startsWith("prod"));
      assertThat(wish.alias()).isEqualTo(stage.equals("gpu-prod") ? "champion" : "");
      assertThat(contexts.ports(plan.context()).serving().name()).contains("example.com");
    }
  }

  private static List<String> scripts(String file) throws IOException {
    List<String> scripts = new ArrayList<>();
    if (file.equals("Jenkinsfile")) {
      Matcher sh = SH.matcher(Files.readString(FOLDER.resolve(file)));
      while (sh.find()) {
        scripts.add(sh.group(1) == null ? sh.group(2) : sh.group(1));
      }
    } else {
      collect(yaml(file), scripts);
    }
    return scripts;
  }

  private static void collect(Object node, List<String> scripts) {
    if (node instanceof List<?> list) {
      list.forEach(one -> collect(one, scripts));
    } else if (node instanceof Map<?, ?> fields) {
      fields.forEach(
          (key, value) -> {
            if (!SCRIPTS.contains(String.valueOf(key))) {
              collect(value, scripts);
            } else if (value instanceof List<?> lines) {
              lines.forEach(line -> scripts.add(line.toString()));
            } else {
              scripts.add(value.toString());
            }
          });
    }
  }

  private static List<String> words(String line) {
    return WORD.matcher(line.strip())
        .results()
        .map(word -> word.group().replaceAll("[\"']", ""))
        .toList();
  }

  private static Object yaml(String file) throws IOException {
    return new Yaml(new SafeConstructor(new LoaderOptions()))
        .load(Files.readString(FOLDER.resolve(file)));
  }

  private static Map<?, ?> map(@Nullable Object node) {
    assertThat(node).isInstanceOf(Map.class);
    return (Map<?, ?>) Objects.requireNonNull(node);
  }

  private static Console console() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new Console(nowhere, nowhere, false, false, 100);
  }
}
