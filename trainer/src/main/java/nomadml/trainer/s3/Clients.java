package nomadml.trainer.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;

/** Makes S3 clients as the environment says, by the names every AWS program reads. */
final class Clients {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private Clients() {}

  /** A client; nothing is asked of a server yet. */
  static S3Client make(Map<String, String> environment) {
    String endpoint =
        given(environment, "AWS_ENDPOINT_URL_S3")
            .or(() -> given(environment, "AWS_ENDPOINT_URL"))
            .orElse(null);
    var builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE))
            .credentialsProvider(credentials(environment))
            .region(region(environment, endpoint))
            // Our own SHA-256 is verified; not every server knows Amazon's chunks and trailers.
            .serviceConfiguration(settings -> settings.chunkedEncodingEnabled(false))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    if (endpoint != null) {
      builder.endpointOverride(URI.create(endpoint)).forcePathStyle(true);
    }
    return builder.build();
  }

  private static AwsCredentialsProvider credentials(Map<String, String> environment) {
    Optional<String> key = given(environment, "AWS_ACCESS_KEY_ID");
    Optional<String> secret = given(environment, "AWS_SECRET_ACCESS_KEY");
    if (key.isEmpty() || secret.isEmpty()) {
      return DefaultCredentialsProvider.builder().build();
    }
    AwsCredentials keys =
        given(environment, "AWS_SESSION_TOKEN")
            .<AwsCredentials>map(
                token -> AwsSessionCredentials.create(key.get(), secret.get(), token))
            .orElseGet(() -> AwsBasicCredentials.create(key.get(), secret.get()));
    return StaticCredentialsProvider.create(keys);
  }

  private static Region region(Map<String, String> environment, @Nullable String endpoint) {
    Optional<String> named =
        given(environment, "AWS_REGION").or(() -> given(environment, "AWS_DEFAULT_REGION"));
    if (named.isPresent()) {
      return Region.of(named.get());
    }
    if (endpoint != null) {
      return Region.US_EAST_1; // Other servers have one region, under the name of the first.
    }
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException e) {
      return Region.US_EAST_1;
    }
  }

  private static Optional<String> given(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }
}
