package nomadml.scheduler.deploy;

import java.util.List;
import java.util.Map;
import nomadml.spec.ByteSize;
import nomadml.spec.JobFile;
import nomadml.spec.TimeSpan;
import org.jspecify.annotations.Nullable;

/** Wishes for tests. */
public final class Wishes {
  private Wishes() {}

  public static Wish wish(String version, String... gates) {
    return wish(version, settings(2, 1), null, null, gates);
  }

  public static Wish approved(String version, String within, String... gates) {
    return wish(version, settings(2, 1), null, TimeSpan.parse(within), gates);
  }

  public static Wish golden(String version, String place, String... gates) {
    return wish(version, settings(2, 1), place, null, gates);
  }

  public static Settings settings(int count, int canary) {
    return new Settings(
        count,
        canary,
        10,
        new JobFile.Resources(1000, ByteSize.parse("1GiB"), ByteSize.parse("1GiB"), null),
        new JobFile.Placement(null, null, List.of("*"), List.of()),
        null,
        Map.of(),
        Map.of(),
        times());
  }

  public static Settings.Times times() {
    return new Settings.Times(TimeSpan.parse("5s"), TimeSpan.parse("5m"), TimeSpan.parse("10m"));
  }

  public static Wish wish(
      String version,
      Settings settings,
      @Nullable String golden,
      @Nullable TimeSpan approve,
      String... gates) {
    return new Wish(
        "digits",
        version,
        "sha256:" + version.repeat(64),
        settings,
        List.of(gates),
        golden,
        "kind",
        TimeSpan.parse("1m"),
        TimeSpan.parse("10m"),
        approve,
        "champion",
        List.of("team"));
  }
}
