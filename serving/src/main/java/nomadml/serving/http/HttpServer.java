package nomadml.serving.http;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import nomadml.serving.ServingFailure;
import nomadml.serving.batch.Admission;
import nomadml.serving.batch.Batching;
import nomadml.serving.batch.Lane;
import nomadml.serving.batch.Loop;
import nomadml.serving.batch.Workers;
import nomadml.serving.metrics.ServingMetrics;
import org.jspecify.annotations.Nullable;

/** The server: an event loop for each processor, all on one port. */
public final class HttpServer implements AutoCloseable {
  private static final int IDLE_SECONDS = 120;

  /** Without a request for so long, whoever knew the server has been told that it leaves. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  private static final long LOOK_MILLISECONDS = 20;

  private final Vertx vertx;
  private final Workers workers;
  private final State state;
  private volatile int port;

  /** What the loops are made of. */
  public record Parts(
      Settings settings,
      State state,
      Batching batching,
      Admission admission,
      ServingMetrics metrics,
      @Nullable AccessLog log) {}

  private HttpServer(Vertx vertx, Workers workers, State state) {
    this.vertx = vertx;
    this.workers = workers;
    this.state = state;
  }

  /** Listens; {@link ServingFailure} when it can't. */
  public static HttpServer start(Parts parts, int loops) {
    System.setProperty("vertx.disableDnsResolver", "true");
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(1)
                .setMaxEventLoopExecuteTime(10)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.SECONDS));
    HttpServer server = new HttpServer(vertx, new Workers(parts.batching()), parts.state());
    Exchange.Shared shared = new Exchange.Shared(parts.state(), parts.log(), new RequestIds());
    try {
      vertx
          .deployVerticle(
              () -> server.new Listener(parts, shared), new DeploymentOptions().setInstances(loops))
          .await(30, TimeUnit.SECONDS);
    } catch (Exception e) { // Vert.x throws the cause as it is, declared or not.
      server.close();
      throw failure(parts.settings(), e);
    }
    return server;
  }

  private static ServingFailure failure(Settings settings, Exception e) {
    return ServingFailure.usage(
        "can't listen on %s:%d: %s".formatted(settings.host(), settings.port(), e.getMessage()),
        "choose another --port, or end what uses it");
  }

  /** One event loop. */
  private final class Listener extends VerticleBase {
    private final Parts parts;
    private final Exchange.Shared shared;

    Listener(Parts parts, Exchange.Shared shared) {
      this.parts = parts;
      this.shared = shared;
    }

    @Override
    public Future<?> start() {
      Lane lane = new Lane(new ContextLoop(vertx, context), parts.batching(), workers);
      Predictions predictions =
          new Predictions(context, shared, parts.settings(), parts.admission(), lane);
      return vertx
          .createHttpServer(
              new HttpServerOptions()
                  .setHost(parts.settings().host())
                  .setPort(parts.settings().port())
                  .setTcpNoDelay(true)
                  .setHandle100ContinueAutomatically(true)
                  .setIdleTimeout(IDLE_SECONDS)
                  .setIdleTimeoutUnit(TimeUnit.SECONDS))
          .requestHandler(new Router(shared, predictions, parts.metrics()))
          .listen()
          .onSuccess(listening -> port = listening.actualPort());
    }
  }

  private record ContextLoop(Vertx vertx, Context context) implements Loop {
    @Override
    public void soon(Runnable task) {
      context.runOnContext(ignored -> task.run());
    }

    @Override
    public void after(long milliseconds, Runnable task) {
      vertx.setTimer(milliseconds, ignored -> task.run());
    }
  }

  public int port() {
    return port;
  }

  /**
   * Leaves without failing a request: says so to whoever asks, answers what still comes, and closes
   * when nothing has come for a while.
   *
   * @param patience for all of it
   */
  public void drain(Duration patience) throws InterruptedException {
    state.drain();
    long until = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < until && state.idleNanoseconds() < QUIET.toNanos()) {
      Thread.sleep(LOOK_MILLISECONDS);
    }
    close();
  }

  @Override
  public void close() {
    try {
      vertx.close().await(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the event loops do not end", e);
    }
    workers.close();
  }
}
