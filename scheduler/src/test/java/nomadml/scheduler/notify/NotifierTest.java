package nomadml.scheduler.notify;

import static nomadml.scheduler.Jobs.ID;
import static nomadml.scheduler.Jobs.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.SettableClock;
import nomadml.scheduler.submit.InMemoryRunTracker;
import nomadml.scheduler.submit.RunTracker.Run;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import org.junit.jupiter.api.Test;

final class NotifierTest {
  private static final String ALL =
      "[{\"to\":\"chat\",\"on\":[\"first_metric\",\"finished\",\"failed\",\"killed\"]}]";

  private final InMemoryRunTracker tracker = new InMemoryRunTracker();
  private final SettableClock clock = new SettableClock(START.plusSeconds(120));
  private final List<String> sent = new ArrayList<>();
  private boolean refuses;
  private final Notifier notifier =
      new Notifier(tracker, new Sent(), Set.of("key-1", "key-2"), clock);

  @Test
  void tellsEachEventOnce() {
    put("RUNNING", ALL, Map.of("system/cpu", 1.0));
    assertThat(notifier.due()).isEmpty();
    put("RUNNING", ALL, Map.of("train_loss", 1.0));
    tellAll();
    tellAll();
    assertThat(sent).containsExactly("first_metric:chat");

    tracker.finish(run(), "FINISHED", START.plusSeconds(60));
    tellAll();
    tellAll();
    assertThat(sent).containsExactly("first_metric:chat", "finished:chat");
    assertThat(tracker.unannounced()).isEmpty();
    assertThat(run().tags()).doesNotContainKey(Names.TAG_NOTIFY_ERROR);
  }

  @Test
  void tellsOnlyWhatWasAskedFor() {
    put("KILLED", "[{\"to\":\"chat\",\"on\":[\"failed\"]}]", Map.of("train_loss", 1.0));
    tellAll();
    assertThat(sent).isEmpty();
    assertThat(tracker.unannounced()).isEmpty();
  }

  @Test
  void triesAgainUntilItIsTaken() {
    refuses = true;
    put("FAILED", ALL, Map.of());
    assertThatThrownBy(this::tellAll).isInstanceOf(SchedulerFailure.class);
    notifier.close();
    assertThat(notifier.due()).hasSize(1);
    refuses = false;
    tellAll();
    assertThat(sent).containsExactly("failed:chat");
    assertThat(tracker.unannounced()).isEmpty();
  }

  @Test
  void givesUpADayAfterTheEndAndSaysSo() {
    put("FAILED", ALL, Map.of());
    clock.advance(Duration.ofHours(23));
    notifier.close();
    assertThat(notifier.due()).hasSize(1);
    clock.advance(Duration.ofHours(2));
    notifier.close();
    assertThat(notifier.due()).isEmpty();
    assertThat(run().tags()).containsEntry(Names.TAG_NOTIFY_ERROR, "given up: failed:chat");
  }

  @Test
  void saysWhichNameHasNoAddress() {
    put("FINISHED", "[{\"to\":\"nobody\",\"on\":[\"finished\"]}]", Map.of());
    tellAll();
    assertThat(sent).isEmpty();
    assertThat(run().tags())
        .containsEntry(Names.TAG_NOTIFY_ERROR, "no address is known for nobody");
    assertThat(tracker.unannounced()).isEmpty();
  }

  @Test
  void leavesTheRunsOfAnotherClusterToIt() {
    put("FINISHED", ALL, Map.of());
    tracker.setTags(run(), Map.of(Names.TAG_CLUSTER, "key-2,key-3"));
    assertThat(notifier.due()).hasSize(1);
    tracker.setTags(run(), Map.of(Names.TAG_CLUSTER, "key-8,key-9"));
    assertThat(notifier.due()).isEmpty();
    notifier.close();
    assertThat(tracker.unannounced()).hasSize(1);
  }

  @Test
  void aTagSomebodyElseWroteIsNoReasonToFail() {
    put("FINISHED", "not JSON", Map.of());
    tellAll();
    assertThat(tracker.unannounced()).isEmpty();
  }

  private void tellAll() {
    notifier.due().forEach(notifier::tell);
    notifier.close();
  }

  private Run run() {
    return tracker.run("run-1").orElseThrow();
  }

  private void put(String status, String notify, Map<String, Double> metrics) {
    Map<String, String> tags = new HashMap<>();
    tags.put(Names.TAG_JOB, ID);
    tags.put(Names.TAG_NOTIFY, notify);
    tags.put(Names.TAG_NOTIFY_OPEN, "yes");
    tracker.put(
        new Run("run-1", "1", "digits", status, tags, metrics, START, START.plusSeconds(60)));
  }

  private final class Sent implements Messenger {
    @Override
    public boolean knows(String name) {
      return !name.equals("nobody");
    }

    @Override
    public void send(Notice notice, URI link) {
      if (refuses) {
        throw new SchedulerFailure(ExitCode.SERVER_UNREACHABLE, "not taken", null);
      }
      sent.add(notice.key());
    }
  }
}
