package nomadml.trainer.network;

import nomadml.spec.Train;
import nomadml.trainer.data.DataSet;

/**
 * An encoder with learned positions: layers of self-attention and a feed-forward part of four times
 * the width, each normalised before, and a linear layer over the mean of the valid positions.
 */
record Transformer(ModuleBuilder module, Train.Model model) {
  private static final double DEVIATION = 0.02;

  String add(String input, DataSet data, int vocabulary) {
    TokenSequence sequence = TokenSequence.of(module, input, data);
    int width = model.width();
    String tokens = module.embedding(sequence.ids(), DEVIATION, vocabulary, width);
    float[] table = module.normal(DEVIATION, data.width() * width);
    String positions =
        module.add(
            "torch.slice(%s, 0, 0, %s, 1)",
            module.parameter("weight", table, data.width(), width), sequence.length());
    String states = dropout(module.sum(tokens, positions));
    String mask =
        module.add("torch.reshape(%s, [-1, 1, 1, %s])", sequence.valid(), sequence.length());
    for (int layer = 0; layer < model.layers(); layer++) {
      states = module.sum(states, dropout(attention(states, mask, sequence)));
      states = module.sum(states, dropout(feedForward(states)));
    }
    String pooled = sequence.mean(module, module.layerNormalisation(states, width));
    return module.linear(dropout(pooled), width, data.outputs());
  }

  private String attention(String states, String mask, TokenSequence sequence) {
    int width = model.width();
    String normalised = module.layerNormalisation(states, width);
    String all =
        module.add(
            "torch.permute(torch.reshape(%s, [-1, %s, 3, %d, %d]), [2, 0, 3, 1, 4])",
            module.linear(normalised, width, 3 * width),
            sequence.length(),
            model.heads(),
            width / model.heads());
    String attended =
        module.add(
            "torch.scaled_dot_product_attention(torch.select(%1$s, 0, 0), torch.select(%1$s, 0, 1), torch.select(%1$s, 0, 2), %2$s)",
            all, mask);
    String joined =
        module.add(
            "torch.reshape(torch.transpose(%s, 1, 2), [-1, %s, %d])",
            attended, sequence.length(), width);
    return module.linear(joined, width, width);
  }

  private String feedForward(String states) {
    int width = model.width();
    String wide = module.linear(module.layerNormalisation(states, width), width, 4 * width);
    return module.linear(dropout(module.gelu(wide)), 4 * width, width);
  }

  private String dropout(String input) {
    return module.dropout(input, Dropout.of(model));
  }
}
