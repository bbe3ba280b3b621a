package nomadml.serving.cli;

import nomadml.spec.Version;
import picocli.CommandLine.IVersionProvider;

/** This build's version as picocli asks for it. */
final class VersionLine implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"serving " + Version.CURRENT};
  }
}
