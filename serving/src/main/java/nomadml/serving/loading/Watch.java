package nomadml.serving.loading;

import java.io.IOException;
import java.time.Duration;
import nomadml.serving.ServingFailure;
import nomadml.serving.http.ActiveModel;
import nomadml.serving.http.State;
import nomadml.serving.model.ModelReference;
import nomadml.serving.model.ModelStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks what an alias stands for, and swaps to another version once that one is warm. What can't be
 * served is tried again when the alias moves, and the version before goes on.
 */
public final class Watch {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  private final ModelStore store;
  private final ModelLoader loader;
  private final State state;
  private final ModelReference.Registered reference;
  private final @Nullable String name;
  private ActiveModel active;
  private String refused = "";

  /** A watch that begins with what serves now. */
  public Watch(
      ModelStore store,
      ModelLoader loader,
      State state,
      ModelReference.Registered reference,
      @Nullable String name,
      ActiveModel active) {
    this.store = store;
    this.loader = loader;
    this.state = state;
    this.reference = reference;
    this.name = name;
    this.active = active;
  }

  /** Looks again and again, in a thread of its own. */
  public void start(Duration interval) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  Thread.sleep(interval.toMillis());
                  look();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** Looks once. */
  void look() {
    String version;
    try {
      version = store.version(reference.location());
    } catch (IOException e) {
      LOG.warn(
          "what {} stands for can't be asked: {}", reference.location().shown(), e.getMessage());
      return;
    } catch (RuntimeException e) {
      LOG.warn("what {} stands for is unknown", reference.location().shown(), e);
      return;
    }
    if (!version.equals(active.identity().version()) && !version.equals(refused)) {
      swap(version);
    }
  }

  private void swap(String version) {
    try {
      ActiveModel next = loader.load(store.bring(reference, name, null));
      state.serve(next);
      active.metrics().retire();
      active = next;
      refused = "";
      LOG.info("version {} serves now", next.identity().version());
    } catch (ServingFailure e) {
      keep(version, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      LOG.warn("version {} can't be read: {}", version, e.getMessage());
    } catch (RuntimeException e) {
      keep(version, e.toString());
    }
  }

  private void keep(String version, String why) {
    refused = version;
    active.metrics().reloadFailed();
    LOG.error(
        "version {} is not served, {} goes on: {}", version, active.identity().version(), why);
  }
}
