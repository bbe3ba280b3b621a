package nomadml.serving.input;

/**
 * What a body asks for.
 *
 * @param frame whether it was a data frame, whose answer some models give as one
 */
public record Request(Tensor rows, boolean frame) {}
