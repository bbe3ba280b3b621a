package nomadml.serving.loading;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nomadml.serving.ServingFailure;
import nomadml.serving.batch.Borrowed;
import nomadml.serving.batch.Network;
import nomadml.serving.batch.NetworkException;
import nomadml.serving.batch.Served;
import nomadml.serving.http.ActiveModel;
import nomadml.serving.inference.Accelerator;
import nomadml.serving.inference.TorchNetwork;
import nomadml.serving.input.InvocationsReader;
import nomadml.serving.input.RefusedRequestException;
import nomadml.serving.input.Tensor;
import nomadml.serving.metrics.ModelMetrics;
import nomadml.serving.metrics.ServingMetrics;
import nomadml.serving.model.ModelFolder;
import nomadml.serving.model.ModelStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a model of a folder that answers, and is warm. */
public final class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  /** An event loop that is away for longer lets other requests wait. */
  private static final double QUICK_SECONDS = 0.002;

  private static final int LEAST_RUNS = 5;
  private static final double WARM_SECONDS = 0.5;

  private final Accelerator accelerator;
  private final ServingMetrics metrics;
  private final int cores;

  /**
   * A loader onto a device.
   *
   * @param cores that a slow network's batch may use together
   */
  public ModelLoader(Accelerator accelerator, ServingMetrics metrics, int cores) {
    this.accelerator = accelerator;
    this.metrics = metrics;
    this.cores = cores;
  }

  /** Loads it; {@link ServingFailure} when it does not answer. */
  public ActiveModel load(ModelStore.Stored stored) throws IOException {
    ModelFolder folder = ModelFolder.read(stored.folder());
    TorchNetwork network = TorchNetwork.load(folder.network(), accelerator, folder.flat());
    try {
      double seconds = warmUp(network, folder);
      boolean quick = seconds <= QUICK_SECONDS;
      if (!quick) {
        accelerator.threads(cores);
      }
      LOG.info(
          "model {} version {} on {}: {} answers a row in {} ms",
          stored.identity().name(),
          stored.identity().version(),
          network.device(),
          stored.identity().digest(),
          String.format(Locale.ROOT, "%.3f", seconds * 1e3));
      ModelMetrics told =
          metrics.model(stored.identity(), network.device(), folder.classes(), folder.shares());
      return new ActiveModel(stored.identity(), folder, new Served(network, quick, told), told);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** The same model to rehearse with: its network is borrowed, and its metrics are nobody's. */
  public static ActiveModel rehearsing(ActiveModel model) {
    ModelMetrics told = new ServingMetrics().model(model.identity(), "", List.of(), new float[0]);
    Served served =
        new Served(new Borrowed(model.served().network()), model.served().isQuick(), told);
    return new ActiveModel(model.identity(), model.folder(), served, told);
  }

  /** Answers an example until the time for it settles; the seconds of a row. */
  private static double warmUp(Network network, ModelFolder folder) throws IOException {
    try {
      byte[] example = folder.example();
      Optional<Tensor> rows =
          example.length == 0
              ? folder.features().zeros()
              : Optional.of(InvocationsReader.read(example, folder.features()).rows());
      return rows.isEmpty()
          ? Double.POSITIVE_INFINITY // Nobody knows what it takes: it may be slow.
          : seconds(network, rows.get());
    } catch (RefusedRequestException e) {
      throw ServingFailure.usage(
          "the model's own example does not fit it: " + e.getMessage(), "log the model again");
    } catch (NetworkException e) {
      throw ServingFailure.usage(
          "the model does not answer its own example: " + e.getMessage(),
          "see that the module and its example belong together");
    }
  }

  private static double seconds(Network network, Tensor rows) throws NetworkException {
    double[] seconds = new double[1000];
    int runs = 0;
    double all = 0;
    while (runs < seconds.length && (runs < LEAST_RUNS || all < WARM_SECONDS)) {
      long began = System.nanoTime();
      network.forward(List.of(rows));
      seconds[runs] = (System.nanoTime() - began) / 1e9;
      all += seconds[runs++];
    }
    double[] sorted = Arrays.copyOf(seconds, runs);
    Arrays.sort(sorted);
    return sorted[runs / 2];
  }
}
