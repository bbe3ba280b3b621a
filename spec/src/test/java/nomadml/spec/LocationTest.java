package nomadml.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTest {
  @Test
  void readsEveryKindOfPlace() {
    assertThat(Location.parse("data/a.csv")).isEqualTo(new Location.Local("data/a.csv"));
    assertThat(Location.parse("https://host/a.csv")).isInstanceOf(Location.Web.class);
    assertThat(Location.parse("s3://bucket/a/b.csv"))
        .isEqualTo(new Location.Bucket("bucket", "a/b.csv"));
    assertThat(Location.parse("s3://bucket")).isEqualTo(new Location.Bucket("bucket", ""));
    assertThat(Location.parse("runs:/abc123/inputs/a.csv"))
        .isEqualTo(new Location.RunArtifact("abc123", "inputs/a.csv"));
    assertThat(Location.parse("models:/digits/3"))
        .isEqualTo(new Location.RegisteredModel("digits", "3"));
    assertThat(Location.parse("models:/digits@champion"))
        .isEqualTo(Location.parse("models:/digits/champion"))
        .isEqualTo(new Location.RegisteredModel("digits", "champion"));
  }

  @Test
  void showsNoSignature() {
    assertThat(
            Location.parse("https://host:8443/a/b.csv?X-Amz-Signature=secret&token=secret#secret")
                .shown())
        .isEqualTo("https://host:8443/a/b.csv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.csv", "s3://bucket/a.csv", "runs:/abc/a.csv", "models:/m@latest"})
  void showsWhatWasWritten(String text) {
    assertThat(Location.parse(text).shown()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://host/a",
        "s3://",
        "s3://-/a",
        "runs:/abc",
        "models:/m",
        "https:///a",
        "http://a b/",
        "https://me:topsecret@host/a"
      })
  void refusesWithoutRepeatingIt(String text) {
    assertThatThrownBy(() -> Location.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("topsecret");
  }

  @Test
  void readsPlacesOfCheckpoints() {
    assertThat(CheckpointPlace.parse("mlflow")).isEqualTo(new CheckpointPlace.Mlflow());
    assertThat(CheckpointPlace.parse("s3://bucket/runs/"))
        .isEqualTo(new CheckpointPlace.Bucket("bucket", "runs"));
    assertThat(CheckpointPlace.parse("s3://bucket"))
        .isEqualTo(new CheckpointPlace.Bucket("bucket", ""));
    assertThat(CheckpointPlace.parse("/mnt/nfs")).isEqualTo(new CheckpointPlace.Folder("/mnt/nfs"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "mlfow", "checkpoints", "https://host/a", "s3:/bucket", "runs:/a/b"})
  void refusesPlacesThatKeepNoCheckpoints(String text) {
    assertThatThrownBy(() -> CheckpointPlace.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
