package nomadml.trainer.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.trainer.Sha256;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * A bucket. Files go to it and come from it as streams, so that none is held in memory; each is one
 * request, which S3 allows up to 5 GiB. The client is made by the first call: its classes take a
 * second to load. For one thread at a time.
 */
final class Bucket {
  private static final long MOST_BYTES = 5L << 30;
  private static final Duration LEAST = Duration.ofMinutes(2);
  private static final long BYTES_PER_SECOND = 256 * 1024;
  private static final String DIGEST = "sha256";
  private static final String CREDENTIALS =
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (secrets: in the job file), or AWS_SHARED_CREDENTIALS_FILE";
  private static final String SERVER =
      "see that AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) is right and the server answers";

  private final String name;
  private final Map<String, String> environment;
  private @Nullable S3Client client;

  Bucket(String name, Map<String, String> environment) {
    this.name = name;
    this.environment = environment;
  }

  /** One of its objects. */
  record Item(String key, long bytes) {}

  /** The objects whose keys begin with a prefix. */
  List<Item> list(String prefix) throws IOException {
    return call(
        "listing",
        prefix,
        s3 -> {
          List<Item> items = new ArrayList<>();
          s3.listObjectsV2Paginator(request -> request.bucket(name).prefix(prefix))
              .contents()
              .forEach(object -> items.add(new Item(object.key(), object.size())));
          return items;
        });
  }

  /** Stores a file, with its SHA-256 beside it. */
  void put(String key, Path file) throws IOException {
    long bytes = Files.size(file);
    if (bytes > MOST_BYTES) {
      throw new IOException(
          "%s is larger than 5 GiB, the most that S3 takes at once%n  hint: keep checkpoints in a folder: train.checkpoint.storage: /path"
              .formatted(file));
    }
    String digest = Sha256.of(file);
    call(
        "storing",
        key,
        s3 ->
            s3.putObject(
                request ->
                    request
                        .bucket(name)
                        .key(key)
                        .metadata(Map.of(DIGEST, digest))
                        .overrideConfiguration(
                            limit -> limit.apiCallAttemptTimeout(timeFor(bytes))),
                RequestBody.fromFile(file)));
  }

  /**
   * Brings an object into a file that does not exist yet.
   *
   * @return false when it is not what {@link #put} stored
   */
  boolean get(String key, Path file) throws IOException {
    return call(
        "fetching",
        key,
        s3 -> {
          try (ResponseInputStream<GetObjectResponse> content =
              s3.getObject(request -> request.bucket(name).key(key))) {
            GetObjectResponse about = content.response();
            MessageDigest digest = Sha256.digest();
            InputStream digested = new DigestInputStream(content, digest);
            long bytes = Files.copy(digested, file);
            if (about.contentLength() != null && bytes != about.contentLength()) {
              throw new IOException("the connection ended after %d bytes".formatted(bytes));
            }
            String stored = about.metadata().get(DIGEST);
            return stored == null || stored.equals(Sha256.hex(digest));
          }
        });
  }

  /** Deletes an object; nothing happens when there is none. */
  void delete(String key) throws IOException {
    call("deleting", key, s3 -> s3.deleteObject(request -> request.bucket(name).key(key)));
  }

  private interface Call<T> {
    T apply(S3Client client) throws IOException;
  }

  private <T> T call(String what, String key, Call<T> call) throws IOException {
    String action = "%s s3://%s/%s".formatted(what, name, key);
    try {
      S3Client known = client;
      if (known == null) {
        known = Clients.make(environment);
        client = known;
      }
      return call.apply(known);
    } catch (AbortedException e) {
      InterruptedIOException interrupted = new InterruptedIOException(action + " was interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } catch (AwsServiceException e) {
      throw refusal(action, e);
    } catch (SdkException | IllegalArgumentException e) {
      String reason = "%s failed: %s".formatted(action, reason(e));
      if (String.valueOf(e.getMessage()).contains("credentials")) {
        throw new DeniedException(reason, CREDENTIALS, e);
      }
      throw new IOException(reason + "\n  hint: " + SERVER, e);
    }
  }

  private IOException refusal(String action, AwsServiceException e) {
    String code = Optional.ofNullable(e.awsErrorDetails()).map(d -> d.errorCode()).orElse("");
    if (code.equals("NoSuchKey")) {
      return new NoSuchFileException("%s: there is no such object".formatted(action));
    }
    String hint =
        switch (code) {
          case "NoSuchBucket" ->
              "make the bucket %s, or correct its name and AWS_ENDPOINT_URL_S3".formatted(name);
          case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
              "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (secrets: in the job file)";
          case "AccessDenied", "AllAccessDisabled", "Forbidden" ->
              "these credentials may not: allow them s3:ListBucket, GetObject, PutObject and DeleteObject there";
          case "PermanentRedirect",
              "AuthorizationHeaderMalformed",
              "IllegalLocationConstraintException" ->
              "set AWS_REGION to the bucket's region";
          default -> "see what the S3 server's log says";
        };
    String reason = "%s failed with %d %s".formatted(action, e.statusCode(), code);
    return e.statusCode() / 100 == 4
        ? new DeniedException(reason, hint, e)
        : new IOException(reason + "\n  hint: " + hint, e);
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }

  private static Duration timeFor(long bytes) {
    return LEAST.plusSeconds(bytes / BYTES_PER_SECOND);
  }
}
