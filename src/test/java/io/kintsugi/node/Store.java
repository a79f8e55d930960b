package io.kintsugi.node;

import java.net.URI;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// The S3 edge of a running node, by the AWS SDK, which never tries twice here.
final class Store implements AutoCloseable {
  static final String ACCESS_KEY = "kintsugi";
  static final String SECRET_KEY = "kintsugi-secret";
  private static final StaticCredentialsProvider KEYS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY));

  private final S3Client client;

  Store(String url) {
    client =
        S3Client.builder()
            .endpointOverride(URI.create(url))
            .region(Region.US_EAST_1)
            .credentialsProvider(KEYS)
            .forcePathStyle(true)
            // The JDK drops the body of an answer that comes instead of the invitation to send.
            .serviceConfiguration(c -> c.expectContinueEnabled(false))
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
            .build();
  }

  static S3Presigner presigner(String url) {
    return S3Presigner.builder()
        .endpointOverride(URI.create(url))
        .region(Region.US_EAST_1)
        .credentialsProvider(KEYS)
        .serviceConfiguration(
            software.amazon.awssdk.services.s3.S3Configuration.builder()
                .pathStyleAccessEnabled(true)
                .build())
        .build();
  }

  S3Client client() {
    return client;
  }

  void createBucket(String bucket) {
    client.createBucket(b -> b.bucket(bucket));
  }

  void put(String bucket, String key, byte[] body) {
    client.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromBytes(body));
  }

  byte[] get(String bucket, String key) {
    ResponseBytes<GetObjectResponse> whole =
        client.getObjectAsBytes(b -> b.bucket(bucket).key(key));
    return whole.asByteArray();
  }

  /// Null if there is none.
  byte @Nullable [] find(String bucket, String key) {
    try {
      return get(bucket, key);
    } catch (NoSuchKeyException e) {
      return null;
    }
  }

  /// Bytes that a seed stands for.
  static byte[] bytes(long seed, int count) {
    var bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Override
  public void close() {
    client.close();
  }
}
