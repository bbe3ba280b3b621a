package nomadml.trainer.data;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import nomadml.trainer.TrainingFailure;

/** Turns cells of one column into the numbers the network was trained on. */
public final class Encoder {
  private final Column column;
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<Float, Integer> placesOfNumbers = new HashMap<>();

  public Encoder(Column column) {
    this.column = column;
    for (int place = 0; place < column.categories().size(); place++) {
      String category = column.categories().get(place);
      places.put(category, place);
      float number = Cells.number(category);
      if (!Float.isNaN(number)) {
        placesOfNumbers.putIfAbsent(number, place);
      }
    }
  }

  /**
   * The cell's number; NaN when it is missing. Throws {@link TrainingFailure} when it must be a
   * number and is none.
   *
   * @param cell without blanks around it
   * @param where what the failure begins with
   */
  public float number(String cell, String where) {
    if (Cells.isMissing(cell)) {
      return Float.NaN;
    }
    return switch (column.kind()) {
      case CATEGORY -> place(cell);
      case BOOLEAN -> truth(cell, where);
      case NUMBER, INTEGER -> finite(cell, where);
    };
  }

  /** 3 and 3.0 are one category. */
  private float place(String cell) {
    Integer exact = places.get(cell);
    if (exact != null) {
      return exact;
    }
    return placesOfNumbers.getOrDefault(Cells.number(cell), column.categories().size());
  }

  private float truth(String cell, String where) {
    return switch (cell.toLowerCase(Locale.ROOT)) {
      case "true" -> 1;
      case "false" -> 0;
      default -> finite(cell, where);
    };
  }

  private float finite(String cell, String where) {
    float number = Cells.number(cell);
    if (Float.isNaN(number)) {
      throw TrainingFailure.userError(
          "%s column \"%s\" is not a number: \"%s\"".formatted(where, column.name(), cell),
          "the model was trained on numbers there; leave the cell empty when the value is missing");
    }
    return number;
  }
}
