package nomadml.scheduler.release;

import nomadml.scheduler.deploy.Talk;

/** Where a release is shown. */
public interface Progress {
  /** What a stage's deployment says. */
  Talk stage(String context);

  void say(String sentence);

  /** It was written down like that. */
  void wrote(Release release);
}
