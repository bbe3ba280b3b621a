package nomadml.scheduler.cli;

/** What to type next, where more than one command says it. */
final class Hints {
  static final String REPORT = "type it again with --verbose and report what it shows";

  static final String LIST = "see which there are: submit-job list";

  private Hints() {}

  static String follow(String jobId) {
    return "submit-job logs -f " + jobId;
  }

  static String stop(String jobId) {
    return "submit-job stop " + jobId;
  }
}
