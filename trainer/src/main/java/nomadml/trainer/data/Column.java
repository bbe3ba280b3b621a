package nomadml.trainer.data;

import java.util.List;

/**
 * A column of a table, which is one number in each row: the value, 0 or 1 for false or true, or the
 * place of a category; NaN where the value is missing. A category the training rows do not have is
 * the number after the last.
 *
 * @param categories in the order of their numbers; empty for what is not a category
 * @param other whether the training rows hold rarer categories, which share the number after the
 *     last
 * @param missing whether the network has an input of its own for "is missing"
 */
public record Column(
    String name, Kind kind, List<String> categories, boolean other, boolean missing) {

  /** What a column holds. */
  public enum Kind {
    NUMBER,
    INTEGER,
    BOOLEAN,
    CATEGORY
  }

  public Column {
    categories = List.copyOf(categories);
  }

  /** Inputs of the network that come from this column. */
  public int inputs() {
    int values = holdsCategories() ? categories.size() + (other ? 1 : 0) : 1;
    return values + (missing ? 1 : 0);
  }

  public boolean holdsCategories() {
    return kind == Kind.CATEGORY;
  }
}
