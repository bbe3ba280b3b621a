package nomadml.scheduler.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import nomadml.scheduler.submit.Cluster;
import nomadml.scheduler.submit.Forecast;
import nomadml.spec.ExitCode;
import nomadml.spec.JobFile;
import nomadml.spec.JobFileException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job plan}. */
@Command(
    name = "plan",
    description = {
      "Says where the job would be placed, what it would wait for, or why it never would be.",
      "Changes nothing. Exits with 3 when it can never be placed."
    })
final class PlanCommand implements Callable<Integer> {
  @Mixin private JobFileOptions jobFile;
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Override
  public Integer call() throws JobFileException {
    JobFile job = jobFile.read();
    Platform platform = connection.platform();
    Cluster cluster = platform.cluster();
    Forecast forecast =
        cluster.plan(
            Submissions.on(platform, connection.console())
                .preview(job, jobFile.path(), jobFile.id()));
    output.print(connection.console(), forecast, () -> text(cluster, forecast));
    return forecast.verdict() == Forecast.Verdict.NEVER
        ? ExitCode.NEVER_PLACED.number()
        : ExitCode.DONE.number();
  }

  private static String text(Cluster cluster, Forecast forecast) {
    StringBuilder text = new StringBuilder();
    String node = forecast.nodeName() == null ? "" : " on " + forecast.nodeName();
    text.append(
        switch (forecast.verdict()) {
          case NOW -> "would start now" + node + ", " + cluster.name();
          case WAITS -> "would wait, " + cluster.name();
          case NEVER -> "can never be placed, " + cluster.name();
        });
    text.append(System.lineSeparator());
    forecast.reasons().forEach(reason -> line(text, "", reason));
    forecast.preempts().forEach(job -> line(text, "makes room for it: ", job));
    forecast.remarks().forEach(remark -> line(text, "note: ", remark));
    forecast.hint().ifPresent(hint -> line(text, Forecast.HINT, hint));
    return text.toString();
  }

  private static void line(StringBuilder text, String label, String content) {
    text.append(String.format(Locale.ROOT, "  %s%s%n", label, content));
  }
}
