package nomadml.scheduler.cli;

import picocli.CommandLine.IVersionProvider;

/** This build's version as picocli asks for it. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }

  static String number() {
    return nomadml.spec.Version.CURRENT;
  }

  static String line() {
    return "submit-job " + number();
  }
}
