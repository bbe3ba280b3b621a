package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/** Hidden layers of rectified units. */
record Mlp(ModuleBuilder module, Train.Model model) {
  String add(String input, DataSet data) {
    String result = module.flatten(input);
    int width = data.inputs();
    for (int hidden : model.hidden()) {
      result =
          module.dropout(
              module.reluInPlace(module.linear(result, width, hidden)), Dropout.of(model));
      width = hidden;
    }
    return module.linear(result, width, data.outputs());
  }
}
