package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/**
 * An embedding, layers of long short-term memory in one or both directions, and a linear layer over
 * the last state or the mean of all.
 */
record Lstm(ModuleBuilder module, Train.Model model) {
  String add(String input, DataSet data, int vocabulary) {
    TokenSequence sequence = TokenSequence.of(module, input, data);
    int width = model.width();
    int inputs = width;
    String states = module.embedding(sequence.ids(), 1, vocabulary, width);
    String forward = states;
    String backward = states;
    for (int layer = 0; layer < model.layers(); layer++) {
      String before = module.dropout(states, Dropout.of(model));
      forward = layer(before, inputs, width);
      states = forward;
      if (model.bidirectional()) {
        String mirrored = layer(sequence.reversed(module, before), inputs, width);
        backward = sequence.reversed(module, mirrored);
        states = module.add("torch.cat([%s, %s], 2)", forward, backward);
      }
      inputs = model.bidirectional() ? 2 * width : width;
    }
    String pooled =
        switch (model.pooling()) {
          case MEAN -> sequence.mean(module, states);
          case LAST -> last(sequence, forward, backward);
        };
    return module.linear(module.dropout(pooled, Dropout.of(model)), inputs, data.outputs());
  }

  /** The state that has seen the whole text: for the backward direction that is the first. */
  private String last(TokenSequence sequence, String forward, String backward) {
    String last = sequence.last(module, forward);
    return model.bidirectional()
        ? module.add("torch.cat([%s, torch.select(%s, 1, 0)], 1)", last, backward)
        : last;
  }

  private String layer(String input, int inputs, int width) {
    double bound = 1 / Math.sqrt(width);
    int gates = 4 * width;
    String weights =
        module.parameter("weight", module.uniform(bound, gates * inputs), gates, inputs);
    String recurrent =
        module.parameter("weight", module.uniform(bound, gates * width), gates, width);
    String bias = module.parameter("bias", module.uniform(bound, gates), gates);
    String recurrentBias = module.parameter("bias", module.uniform(bound, gates), gates);
    String zeros =
        module.add("torch.new_zeros(%1$s, [1, torch.size(%1$s, 0), %2$d])", input, width);
    String states = module.result();
    module.addLines(
        "%s, last_state, last_cell, = torch.lstm(%s, [%s, %s], [%s, %s, %s, %s], True, 1, 0., self.training, False, True)"
            .formatted(states, input, zeros, zeros, weights, recurrent, bias, recurrentBias));
    return states;
  }
}
