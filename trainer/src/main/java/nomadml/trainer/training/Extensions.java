package nomadml.trainer.training;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import nomadml.spec.Train;
import nomadml.trainer.Sha256;
import nomadml.trainer.TrainingFailure;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Suggestion;
import nomadml.trainer.extension.DataSetProvider;
import nomadml.trainer.extension.Examples;
import nomadml.trainer.extension.MetricProvider;
import nomadml.trainer.extension.ModelProvider;
import nomadml.trainer.extension.Options;
import nomadml.trainer.network.ModuleBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What the jars of {@code train.extensions} bring, by name. What they throw is the user's error.
 */
final class Extensions implements AutoCloseable {
  private static final List<Class<?>> PORTS =
      List.of(ModelProvider.class, DataSetProvider.class, MetricProvider.class);

  private final @Nullable URLClassLoader classes;
  private final List<String> digests;
  private final Map<String, ModelProvider> models;
  private final Map<String, DataSetProvider> readers;
  private final Map<String, MetricProvider> metrics;

  private Extensions(@Nullable URLClassLoader classes, List<String> digests) {
    this.classes = classes;
    this.digests = List.copyOf(digests);
    this.models = providers(ModelProvider.class, ModelProvider::name);
    this.readers = providers(DataSetProvider.class, DataSetProvider::name);
    this.metrics = providers(MetricProvider.class, MetricProvider::name);
  }

  /**
   * Loads the jars, all by one class loader.
   *
   * @param folder what their paths are relative to
   */
  static Extensions load(Path folder, List<String> jars) throws IOException {
    if (jars.isEmpty()) {
      return new Extensions(null, List.of());
    }
    List<URL> urls = new ArrayList<>();
    List<String> digests = new ArrayList<>();
    for (String jar : jars) {
      Path file = folder.resolve(jar);
      requireProviders(file, jar);
      urls.add(url(file));
      digests.add(Sha256.of(file));
    }
    URLClassLoader classes =
        new URLClassLoader(urls.toArray(URL[]::new), Extensions.class.getClassLoader());
    try {
      return new Extensions(classes, digests);
    } catch (TrainingFailure e) {
      classes.close();
      throw e;
    }
  }

  private static void requireProviders(Path file, String jar) {
    if (!Files.isRegularFile(file)) {
      throw TrainingFailure.userError(
          "train.extensions: there is no file " + jar,
          "build it first; its path is relative to the job file");
    }
    try (JarFile content = new JarFile(file.toFile())) {
      if (PORTS.stream().noneMatch(port -> content.getEntry(services(port)) != null)) {
        throw TrainingFailure.userError(
            "train.extensions: %s brings no model, data set or metric".formatted(jar),
            "name the class in %s of the jar".formatted(services(ModelProvider.class)));
      }
    } catch (IOException e) {
      throw TrainingFailure.userError(
          "train.extensions: %s is no jar: %s".formatted(jar, e.getMessage()),
          "build it anew, by `jar --create` or Maven");
    }
  }

  private static String services(Class<?> port) {
    return "META-INF/services/" + port.getName();
  }

  private static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e); // Every file has one.
    }
  }

  private <T> Map<String, T> providers(Class<T> port, Function<T, String> name) {
    Map<String, T> providers = new LinkedHashMap<>();
    if (classes == null) {
      return providers;
    }
    try {
      for (T provider : ServiceLoader.load(port, classes)) {
        if (providers.putIfAbsent(name.apply(provider), provider) != null) {
          throw TrainingFailure.userError(
              "train.extensions: two call themselves \"%s\"".formatted(name.apply(provider)),
              "give each %s a name of its own".formatted(port.getSimpleName()));
        }
      }
    } catch (ServiceConfigurationError e) {
      Throwable why = Objects.requireNonNullElse(e.getCause(), e);
      throw TrainingFailure.userError(
          "train.extensions: a %s can't be loaded: %s".formatted(port.getSimpleName(), why),
          "see that META-INF/services names a public class with a public constructor without parameters, built for this trainer");
    }
    return providers;
  }

  /** SHA-256 of the jars, in the job file's order. */
  List<String> digests() {
    return digests;
  }

  /** Adds the layers of {@code train.model}; answers the name of the result. */
  String addModel(ModuleBuilder module, String input, DataSet data, Train.Model model) {
    ModelProvider provider = named("train.model.name", model.name(), models);
    int vocabulary =
        data.features() instanceof DataSet.Tokens tokens ? tokens.tokenizer().size() : 0;
    boolean table = !data.isImages() && !data.isText();
    ModelProvider.Shape shape =
        new ModelProvider.Shape(
            table
                ? ModelProvider.Kind.TABLE
                : data.isText() ? ModelProvider.Kind.TOKENS : ModelProvider.Kind.PIXELS,
            table ? List.of(data.inputs()) : data.shape(),
            data.outputs(),
            data.isClassification(),
            vocabulary);
    return guarded(
        "model " + model.name(),
        () -> provider.build(module, input, shape, new Options(model.options())));
  }

  /** Reads {@code train.data}. */
  Examples read(Path location, Train.Data data) {
    DataSetProvider provider = named("train.data.name", data.name(), readers);
    return guarded(
        "data set " + data.name(), () -> provider.read(location, new Options(data.options())));
  }

  /** The metrics of {@code train.custom_metrics}. */
  List<MetricProvider> metrics(List<String> names) {
    return names.stream().map(name -> named("train.custom_metrics", name, metrics)).toList();
  }

  static double measure(MetricProvider metric, float[][] outputs, float[] targets) {
    double value =
        guarded("metric " + metric.name(), () -> metric.measure(outputs, targets)).doubleValue();
    if (!Double.isFinite(value)) {
      throw TrainingFailure.userError(
          "metric %s of train.extensions answers %s".formatted(metric.name(), value),
          "let it answer a finite number for any outputs, such as 0 where nothing can be told");
    }
    return value;
  }

  private static <T> T named(String field, @Nullable String name, Map<String, T> known) {
    T provider = known.get(name);
    if (provider == null) {
      throw TrainingFailure.userError(
          "%s: no extension brings \"%s\"".formatted(field, name),
          known.isEmpty()
              ? "list its jar in train.extensions; those listed bring none of this kind"
              : Suggestion.of(String.valueOf(name), List.copyOf(known.keySet())));
    }
    return provider;
  }

  /** A call of somebody else's code. */
  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> T guarded(String what, Call<T> call) {
    try {
      return Objects.requireNonNull(call.run(), "it answers null");
    } catch (IOException | RuntimeException | LinkageError | StackOverflowError e) {
      String where =
          Stream.of(e.getStackTrace()).findFirst().map(frame -> " (at " + frame + ")").orElse("");
      throw TrainingFailure.userError(
          "%s of train.extensions fails: %s%s".formatted(what, e, where),
          "correct its code or its options, and build its jar anew");
    }
  }

  @Override
  public void close() throws IOException {
    if (classes != null) {
      classes.close();
    }
  }
}
