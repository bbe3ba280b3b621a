package nomadml.scheduler.cli;

import java.util.List;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Talk;

/** Shows a deployment: lines, one that is written over on a terminal, JSON for programs. */
final class DeployTalk implements Talk {
  private static final String ERASE = "\r\u001b[K";

  private final Console console;
  private final boolean json;
  private String standing = "";

  private DeployTalk(Console console, boolean json) {
    this.console = console;
    this.json = json;
  }

  static DeployTalk of(Console console, Output output) {
    return new DeployTalk(console, output.isJson());
  }

  @Override
  public void say(String sentence) {
    if (console.terminal() && !standing.isEmpty()) {
      console.err().print(ERASE);
      standing = "";
    }
    console.err().println(sentence);
    console.err().flush();
  }

  @Override
  public void stand(String words) {
    if (words.equals(standing)) {
      return;
    }
    if (console.terminal()) {
      int width = Math.max(10, console.width() - 1);
      String line = words.length() <= width ? words : words.substring(0, width - 1) + "…";
      console.err().print(ERASE + line);
      console.err().flush();
    } else if (!isSameButNumbers(words)) {
      console.err().println(words);
      console.err().flush();
    }
    standing = words;
  }

  /** A file is not filled with each count. */
  private boolean isSameButNumbers(String words) {
    return words.replaceAll("[0-9.]+", "").equals(standing.replaceAll("[0-9.]+", ""));
  }

  @Override
  public void recorded(Deployment deployment, Deployment.Step step) {
    if (json) {
      console.out().println(Output.jsonLine(new Line(deployment.id(), deployment.state(), step)));
      console.out().flush();
    }
  }

  @Override
  public void quote(List<String> lines) {
    lines.forEach(line -> say("  | " + console.inWords(line)));
  }

  /** A step, for programs. */
  record Line(String deployment, Deployment.State state, Deployment.Step step) {}
}
