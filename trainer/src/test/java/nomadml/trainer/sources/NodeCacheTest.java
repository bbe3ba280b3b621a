package nomadml.trainer.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.spec.ContentDigest;
import nomadml.trainer.Sha256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeCacheTest {
  @TempDir private Path home;
  private final List<String> warnings = new ArrayList<>();
  private final AtomicInteger fetched = new AtomicInteger();
  private Instant now = Instant.now();
  private NodeCache cache;

  @BeforeEach
  void begin() {
    cache = cache(1 << 20);
  }

  @Test
  void fetchesOnceAndFindsItBySha256() throws IOException {
    NodeCache.Found first = cache.bring(file(null), gives("data"));
    assertThat(first.sha256()).isEqualTo(sha256("data"));
    assertThat(first.folder().resolve("content")).hasContent("data");
    assertThat(cache.bring(file(first.sha256()), gives("other"))).isEqualTo(first);
    assertThat(fetched).hasValue(1);
  }

  @Test
  void asksTheSourceWhenNothingIsPinned() throws IOException {
    cache.bring(file(null), gives("data"));
    assertThat(cache.bring(file(null), gives("newer")).sha256()).isEqualTo(sha256("newer"));
    assertThat(cache.bring(file(null), gives("data")).sha256()).isEqualTo(sha256("data"));
  }

  @Test
  void knowsAFolderByAllItsFiles() throws IOException {
    Source two =
        folder -> {
          Files.createDirectories(folder.resolve("b"));
          Files.writeString(folder.resolve("a.png"), "a");
          Files.writeString(folder.resolve("b/c.png"), "c");
        };
    NodeCache.Found found = cache.bring(new NodeCache.Wanted("s3://b/x", true, null), two);
    assertThat(found.sha256())
        .isEqualTo(
            ContentDigest.ofFolder(java.util.Map.of("b/c.png", sha256("c"), "a.png", sha256("a"))));
  }

  @Test
  void fetchesAgainWhatIsDamaged() throws IOException {
    NodeCache.Found found = cache.bring(file(null), gives("data"));
    Files.writeString(found.folder().resolve("content"), "dat4");
    cache.bring(file(found.sha256()), gives("data"));
    assertThat(found.folder().resolve("content")).hasContent("data");
    Files.delete(found.folder().resolve("content"));
    cache.bring(file(found.sha256()), gives("data"));
    assertThat(found.folder().resolve("content")).hasContent("data");
    assertThat(warnings).hasSize(2).first().asString().contains("is damaged");
  }

  @Test
  void refusesOtherBytesThanTheOnesPinned() {
    assertThatThrownBy(() -> cache.bring(file(sha256("data")), gives("other")))
        .isInstanceOf(ChangedSourceException.class)
        .hasMessageContaining(sha256("other"));
    assertThat(home.resolve("cache").resolve(sha256("data"))).doesNotExist();
  }

  @Test
  void keepsAHalfDownloadForTheNextTry() throws IOException {
    Source cutOff =
        folder -> {
          Files.writeString(folder.resolve("content.part"), "da");
          throw new IOException("cut off");
        };
    assertThatThrownBy(() -> cache.bring(file(null), cutOff)).hasMessage("cut off");
    Source goesOn =
        folder -> {
          assertThat(folder.resolve("content.part")).hasContent("da");
          Files.move(folder.resolve("content.part"), folder.resolve("content"));
        };
    assertThat(cache.bring(file(null), goesOn).sha256()).isEqualTo(sha256("da"));
  }

  @Test
  void letsOneFetchWhileAnotherWaits() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Source slow =
        folder -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          gives("data").fetch(folder);
        };
    var threads = Executors.newSingleThreadExecutor();
    Future<NodeCache.Found> first = threads.submit(() -> cache.bring(file(sha256("data")), slow));
    begun.await();
    assertThatThrownBy(() -> cache.bring(file(sha256("data")), gives("data")))
        .hasMessageContaining("another run on this node is fetching the same");
    goOn.countDown();
    first.get();
    cache.bring(file(sha256("data")), gives("data"));
    assertThat(fetched).hasValue(1);
    threads.shutdown();
  }

  @Test
  void deletesTheLongestUnusedWhenItIsFull() throws IOException {
    NodeCache small = cache(10);
    NodeCache.Found first = small.bring(file(null), gives("four"));
    now = now.plusSeconds(1);
    NodeCache.Found second = small.bring(file(null), gives("FOUR"));
    now = now.plusSeconds(1);
    small.bring(file(first.sha256()), gives("four"));
    now = now.plusSeconds(1);
    NodeCache.Found third = small.bring(file(null), gives("4444"));
    small.trim();
    assertThat(first.folder()).exists();
    assertThat(second.folder()).doesNotExist();
    assertThat(third.folder()).exists();
  }

  @Test
  void forgetsDownloadsNobodyWentOnWith() throws IOException {
    Source cutOff =
        folder -> {
          throw new IOException("cut off");
        };
    assertThatThrownBy(() -> cache.bring(file(null), cutOff)).hasMessage("cut off");
    cache.trim();
    assertThat(home.resolve("cache/partial")).isNotEmptyDirectory();
    now = Instant.now().plus(Duration.ofDays(2));
    cache.trim();
    assertThat(home.resolve("cache/partial")).isEmptyDirectory();
  }

  private NodeCache cache(long limit) {
    Clock clock =
        new Clock() {
          @Override
          public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now;
          }
        };
    return new NodeCache(home.resolve("cache"), limit, clock, warnings::add);
  }

  private static NodeCache.Wanted file(@Nullable String sha256) {
    return new NodeCache.Wanted("https://host/data.csv", false, sha256);
  }

  private Source gives(String text) {
    return folder -> {
      fetched.incrementAndGet();
      Files.writeString(folder.resolve(Source.FILE), text);
    };
  }

  private String sha256(String text) {
    try {
      return Sha256.of(Files.writeString(home.resolve("digested"), text));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
