package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LaunchesTest {
  @Test
  void eachLaunchOfAScheduleIsASubmissionOfItsOwn() {
    assertThat(Launches.schedule("nightly-1a2b3c4d/periodic-1764540000"))
        .contains("nightly-1a2b3c4d");
    assertThat(Launches.submission("5b", "nightly-1a2b3c4d/periodic-1764540000"))
        .isEqualTo("5b-1764540000");
  }

  @Test
  void everyOtherJobIsNoLaunch() {
    for (String id : new String[] {"", "nightly", "periodic-1", "nightly/periodic-x", "a/b-1"}) {
      assertThat(Launches.schedule(id)).as(id).isEmpty();
      assertThat(Launches.submission("5b", id)).as(id).isEqualTo("5b");
    }
  }
}
