package nomadml.trainer.extension;

import java.util.HashSet;
import java.util.List;

/**
 * A data set as an extension reads it. What does not fit together is refused by an {@link
 * IllegalArgumentException}.
 */
public record Examples(Content content, Targets targets) {
  public Examples {
    long values = targets.rows() * (long) content.each();
    require(targets.rows() > 0, "there are no examples");
    require(
        values == content.size(),
        "%d targets of %d values each need %d values, and there are %d"
            .formatted(targets.rows(), content.each(), values, content.size()));
  }

  /** What is known of the examples, row by row. */
  public sealed interface Content permits Table, Pixels, Tokens {
    /** Values of one example. */
    int each();

    /** Values of all. */
    int size();
  }

  /** Columns of numbers; NaN where one is missing. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Table(List<String> columns, float[] values) implements Content {
    public Table {
      columns = List.copyOf(columns);
      requireNames("column", columns, 1);
      for (float value : values) {
        require(!Float.isInfinite(value), "a table must not hold infinite numbers");
      }
    }

    @Override
    public int each() {
      return columns.size();
    }

    @Override
    public int size() {
      return values.length;
    }
  }

  /** Unsigned bytes, channel by channel and line by line. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Pixels(int channels, int height, int width, byte[] values) implements Content {
    public Pixels {
      require(channels > 0 && height > 0 && width > 0, "an image must have a pixel");
    }

    /** Values of one image. */
    @Override
    public int each() {
      return Math.multiplyExact(Math.multiplyExact(channels, height), width);
    }

    @Override
    public int size() {
      return values.length;
    }
  }

  /**
   * Token ids: 0 after each text's end, 1 for an unknown token, and others below the vocabulary's
   * size.
   */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Tokens(int sequenceLength, int vocabulary, int[] ids) implements Content {
    public Tokens {
      require(sequenceLength > 0, "a sequence must have a token");
      require(vocabulary > 2, "a vocabulary has ids 0 and 1, and at least one word");
      for (int id : ids) {
        require(
            id >= 0 && id < vocabulary,
            "token id %d is not below the vocabulary's size %d".formatted(id, vocabulary));
      }
    }

    @Override
    public int each() {
      return sequenceLength;
    }

    @Override
    public int size() {
      return ids.length;
    }
  }

  /** What is to be predicted, row by row. */
  public sealed interface Targets permits Classes, Numbers {
    int rows();
  }

  /** Indices of classes. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Classes(List<String> names, int[] labels) implements Targets {
    public Classes {
      names = List.copyOf(names);
      requireNames("class", names, 2);
      for (int label : labels) {
        require(
            label >= 0 && label < names.size(),
            "label %d is no index of %d classes".formatted(label, names.size()));
      }
    }

    @Override
    public int rows() {
      return labels.length;
    }
  }

  /** Numbers of a regression. */
  @SuppressWarnings("ArrayRecordComponent") // Large and never compared.
  public record Numbers(float[] values) implements Targets {
    public Numbers {
      for (float value : values) {
        require(Float.isFinite(value), "a target must be a finite number, not " + value);
      }
    }

    @Override
    public int rows() {
      return values.length;
    }
  }

  private static void requireNames(String what, List<String> names, int atLeast) {
    require(names.size() >= atLeast, "at least %d %s needed".formatted(atLeast, what));
    require(new HashSet<>(names).size() == names.size(), "a %s has a name twice".formatted(what));
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
