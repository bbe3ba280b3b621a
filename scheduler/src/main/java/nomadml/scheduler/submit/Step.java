package nomadml.scheduler.submit;

/** The side effects of a submission, in their order; a crash between any two loses nothing. */
public enum Step {
  JOURNAL,
  RUN,
  INPUTS,
  REGISTER
}
