package nomadml.serving.input;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.Encoder;
import nomadml.trainer.data.Tokenizer;
import org.jspecify.annotations.Nullable;

/** What a network takes, and how a caller may say it. */
public sealed interface Features {
  /** A row of zeros; nothing where no shape is known. */
  default Optional<Tensor> zeros() {
    if (this instanceof Texts texts) {
      return Optional.of(zeros(ElementType.INT32, texts.tokenizer().settings().sequenceLength()));
    }
    if (this instanceof Table table) {
      return Optional.of(zeros(ElementType.FLOAT32, table.columns().size()));
    }
    Numbers numbers = (Numbers) this;
    int[] shape = numbers.shape();
    return shape == null || Arrays.stream(shape).anyMatch(size -> size < 0)
        ? Optional.empty()
        : Optional.of(zeros(numbers.type(), shape));
  }

  private static Tensor zeros(ElementType type, int... shape) {
    TensorBuilder zeros = new TensorBuilder(type, Tensor.width(shape));
    for (int i = 0; i < Tensor.width(shape); i++) {
      zeros.add(0);
    }
    return zeros.rows(1, shape);
  }

  /** Rows of a table, each column one number to the network. */
  final class Table implements Features {
    private final List<Column> columns;
    private final boolean encoded;
    private final Encoder[] encoders;
    private final Map<String, Integer> places = new LinkedHashMap<>();

    /**
     * A table of columns.
     *
     * @param encoded whether texts are numbers too, as the training read them; else numbers only
     */
    public Table(List<Column> columns, boolean encoded) {
      this.columns = List.copyOf(columns);
      this.encoded = encoded;
      this.encoders = columns.stream().map(Encoder::new).toArray(Encoder[]::new);
      for (int place = 0; place < columns.size(); place++) {
        places.put(columns.get(place).name(), place);
      }
    }

    public List<Column> columns() {
      return columns;
    }

    boolean encoded() {
      return encoded;
    }

    Encoder[] encoders() {
      return encoders;
    }

    /** Where each column is, by its name. */
    Map<String, Integer> places() {
      return places;
    }
  }

  /**
   * A tensor of numbers.
   *
   * @param shape of one row; a size of -1 is free; null when every shape is taken
   * @param divisor what each number is divided by before the network gets it
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Numbers(ElementType type, int @Nullable [] shape, float divisor) implements Features {}

  /** Texts, which become token ids. */
  record Texts(Tokenizer tokenizer) implements Features {}
}
