package nomadml.scheduler.cli;

import java.nio.file.Path;
import java.util.List;
import nomadml.scheduler.deploy.Deployment;
import nomadml.scheduler.deploy.Talk;
import nomadml.scheduler.release.Progress;
import nomadml.scheduler.release.Release;
import org.jspecify.annotations.Nullable;

/**
 * Shows a release: what its deployments say, by stage; for programs a line each time it changes.
 */
final class ReleaseTalk implements Progress {
  private final Console console;
  private final Output output;
  private final @Nullable Path report;
  private final Talk plain;

  /**
   * @param report written each time; null for none
   */
  ReleaseTalk(Console console, Output output, @Nullable Path report) {
    this.console = console;
    this.output = output;
    this.report = report;
    plain = DeployTalk.of(console, new Output());
  }

  @Override
  public Talk stage(String context) {
    return new Talk() {
      @Override
      public void say(String sentence) {
        plain.say(
            context
                + ": "
                + sentence
                + (sentence.startsWith("  hint: submit-job") ? " --context " + context : ""));
      }

      @Override
      public void stand(String words) {
        plain.stand(context + ": " + words);
      }

      @Override
      public void recorded(Deployment deployment, Deployment.Step step) {
        if (output.isJson()) {
          line(new Recorded(context, deployment.id(), deployment.state(), step));
        }
      }

      @Override
      public void quote(List<String> lines) {
        lines.forEach(line -> say("  | " + console.inWords(line)));
      }
    };
  }

  @Override
  public void say(String sentence) {
    plain.say(sentence);
  }

  @Override
  public void wrote(Release release) {
    if (output.isJson()) {
      line(release);
    }
    ReleaseReport.write(report, release, null);
  }

  private void line(Object value) {
    console.out().println(Output.jsonLine(value));
    console.out().flush();
  }

  /** A step of a deployment, for programs. */
  record Recorded(String stage, String deployment, Deployment.State state, Deployment.Step step) {}
}
