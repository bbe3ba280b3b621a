package nomadml.trainer.training;

import java.util.ArrayList;
import java.util.List;
import nomadml.trainer.data.Column;
import nomadml.trainer.data.DataSet;
import nomadml.trainer.data.Statistics;
import nomadml.trainer.network.ModuleBuilder;

/**
 * The first lines of a network that gets a table as it is. Its inputs are, in this order: numbers
 * standardised, with the mean where one is missing; one of 0 or 1 for each category; one for each
 * column whose missing values count: {@link DataSet#inputs} together.
 */
final class TableInput {
  private final DataSet data;
  private final Statistics statistics;
  private final List<Integer> numbers = new ArrayList<>();
  private final List<Integer> categorical = new ArrayList<>();
  private final List<Integer> categories = new ArrayList<>();
  private final List<Integer> missing = new ArrayList<>();

  TableInput(DataSet data, Statistics statistics) {
    this.data = data;
    this.statistics = statistics;
    for (int i = 0; i < data.columns().size(); i++) {
      Column column = data.columns().get(i);
      int slots = column.categories().size() + (column.other() ? 1 : 0);
      for (int category = 0; category < slots; category++) {
        categorical.add(i);
        categories.add(category);
      }
      if (!column.holdsCategories()) {
        numbers.add(i);
      }
      if (column.missing()) {
        missing.add(i);
      }
    }
  }

  /** Adds the lines; answers the name of their result. */
  String write(ModuleBuilder module) {
    String raw = module.floats("x");
    List<String> parts = new ArrayList<>();
    if (!numbers.isEmpty()) {
      boolean all = numbers.size() == data.columns().size();
      String chosen = all ? raw : module.columns(raw, indices(module, "number_columns", numbers));
      parts.add(module.zeroWhereMissing(standardised(module, chosen)));
    }
    if (!categories.isEmpty()) {
      String chosen = module.columns(raw, indices(module, "category_columns", categorical));
      parts.add(module.isEqual(chosen, indices(module, "categories", categories)));
    }
    if (!missing.isEmpty()) {
      parts.add(module.isMissing(module.columns(raw, indices(module, "missing_columns", missing))));
    }
    return module.beside(parts);
  }

  private String standardised(ModuleBuilder module, String chosen) {
    float[] mean = new float[numbers.size()];
    float[] scale = new float[numbers.size()];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = statistics.mean()[numbers.get(i)];
      scale[i] = 1 / statistics.deviation()[numbers.get(i)];
    }
    return module.standardise(
        chosen,
        module.buffer("input_mean", mean, mean.length),
        module.buffer("input_scale", scale, scale.length));
  }

  private static String indices(ModuleBuilder module, String name, List<Integer> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return module.buffer(name, floats, floats.length);
  }
}
