package nomadml.trainer.network;

import nomadml.trainer.data.DataSet;

/**
 * A batch of token ids, cut behind its longest text. The first position always counts as valid, so
 * that a text without tokens has an answer too.
 *
 * @param ids whole numbers of shape {@code [rows, length]}
 * @param length of the longest text, an int
 * @param lengths of each text, of shape {@code [rows]}
 * @param positions 0, 1, 2 … up to the length
 * @param valid whether a position is before its text's end, of shape {@code [rows, length]}
 */
record TokenSequence(String ids, String length, String lengths, String positions, String valid) {

  static TokenSequence of(ModuleBuilder module, String input, DataSet data) {
    int limit = data.width();
    String whole = module.add("torch.slice(torch.to(%s, 4), 1, 0, %d, 1)", input, limit);
    String lengths =
        module.add("torch.clamp(torch.sum(torch.ne(%s, 0), [1], False, dtype=4), 1)", whole);
    String length = module.result();
    module.addLines("%s = int(torch.max(%s))".formatted(length, lengths));
    float[] numbers = new float[limit];
    for (int i = 0; i < limit; i++) {
      numbers[i] = i;
    }
    String positions =
        module.add(
            "torch.to(torch.slice(%s, 0, 0, %s, 1), 4)",
            module.buffer("positions", numbers, limit), length);
    return new TokenSequence(
        module.add("torch.slice(%s, 1, 0, %s, 1)", whole, length),
        length,
        lengths,
        positions,
        module.add("torch.lt(%s, torch.unsqueeze(%s, 1))", positions, lengths));
  }

  /** The mean of the states at valid positions. */
  String mean(ModuleBuilder module, String states) {
    String sum =
        module.add(
            "torch.sum(torch.mul(%s, torch.unsqueeze(torch.to(%s, 6), 2)), [1])", states, valid);
    return module.add("torch.div(%s, torch.unsqueeze(%s, 1))", sum, lengths);
  }

  /** The state at the last valid position. */
  String last(ModuleBuilder module, String states) {
    String index = module.add("torch.reshape(torch.sub(%s, 1), [-1, 1, 1])", lengths);
    return module.add(
        "torch.squeeze(torch.gather(%1$s, 1, torch.expand(%2$s, [-1, 1, torch.size(%1$s, 2)])), 1)",
        states, index);
  }

  /** The valid positions in reverse order; padding stays where it is. */
  String reversed(ModuleBuilder module, String states) {
    String mirrored = "torch.sub(torch.unsqueeze(%s, 1), torch.add(%s, 1))";
    String index =
        module.add(
            "torch.where(%s, " + mirrored + ", torch.unsqueeze(%s, 0))",
            valid,
            lengths,
            positions,
            positions);
    return module.add(
        "torch.gather(%1$s, 1, torch.expand(torch.unsqueeze(%2$s, 2), [-1, -1, torch.size(%1$s, 2)]))",
        states, index);
  }
}
