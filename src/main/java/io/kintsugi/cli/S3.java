package io.kintsugi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;

/// As much of an S3 client as commands need.
final class S3 {
  private static final String EMPTY_SHA256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(10);
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int ERROR_CHARS = 300;

  /// What reading an object gave.
  sealed interface Read {
    /// All of it came.
    record Whole(long bytes, String sha256) implements Read {}

    /// An error answer, or the connection ended before the object did.
    record Refused(String reason) implements Read {}
  }

  private final URI endpoint;
  private final SigV4 signer;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  S3(URI endpoint, String accessKey, String secretKey) {
    this.endpoint = endpoint;
    this.signer = new SigV4(accessKey, secretKey, "us-east-1");
  }

  void createBucket(String bucket) {
    var request = request("PUT", "/" + bucket, BodyPublishers.noBody(), EMPTY_SHA256);
    var response = send(request, BodyHandlers.ofString(), "create the bucket " + bucket);
    if (response.statusCode() != OK && response.statusCode() != CONFLICT) {
      throw refused("create the bucket " + bucket, response.statusCode(), response.body());
    }
  }

  /// Fails unless the node lets whoever has these keys into the bucket.
  void requireReadable(String bucket) {
    var what = "look into the bucket " + bucket;
    var request = request("HEAD", "/" + bucket, BodyPublishers.noBody(), EMPTY_SHA256);
    var response = send(request, BodyHandlers.ofString(), what);
    if (response.statusCode() == FORBIDDEN) {
      throw new ApiFailure(
          "FORBIDDEN",
          "the node refuses these keys; say KINTSUGI_S3_ACCESS_KEY and KINTSUGI_S3_SECRET_KEY, or"
              + " run this beside its kintsugi.toml");
    }
    if (response.statusCode() != OK) {
      throw refused(what, response.statusCode(), response.body());
    }
  }

  /// Stores a file; `sha256` is signed, so that the node refuses other bytes.
  void put(String bucket, String key, Path file, String sha256) {
    var what = "store " + bucket + "/" + key;
    try {
      var request = request("PUT", path(bucket, key), BodyPublishers.ofFile(file), sha256);
      var response = send(request, BodyHandlers.ofString(), what);
      if (response.statusCode() != OK) {
        throw refused(what, response.statusCode(), response.body());
      }
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  Read get(String bucket, String key) {
    var request = request("GET", path(bucket, key), BodyPublishers.noBody(), EMPTY_SHA256);
    var response = send(request, BodyHandlers.ofInputStream(), "read " + bucket + "/" + key);
    try (var body = response.body()) {
      if (response.statusCode() != OK) {
        var text = new String(body.readNBytes(BUFFER_BYTES), StandardCharsets.UTF_8);
        return new Read.Refused(reason("read " + bucket + "/" + key, response.statusCode(), text));
      }
      return digest(body);
    } catch (IOException e) {
      return new Read.Refused("broken off: " + e.getMessage());
    }
  }

  private static Read.Whole digest(InputStream body) throws IOException {
    var sum = SigV4.newSha256();
    var buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      sum.update(buffer, 0, n);
      bytes += n;
    }
    return new Read.Whole(bytes, HexFormat.of().formatHex(sum.digest()));
  }

  private HttpRequest request(String method, String path, BodyPublisher body, String sha256) {
    var uri = URI.create(endpoint + path);
    var request = HttpRequest.newBuilder(uri).method(method, body).timeout(ANSWER_LIMIT);
    signer.headers(method, uri, sha256, Instant.now()).forEach(request::header);
    return request.build();
  }

  private static String path(String bucket, String key) {
    return "/"
        + bucket
        + "/"
        + Arrays.stream(key.split("/", -1)).map(Api::escape).collect(Collectors.joining("/"));
  }

  private <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> handler, String what) {
    try {
      return http.send(request, handler);
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot " + what + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure("INTERRUPTED", "interrupted", e);
    }
  }

  private static ApiFailure refused(String what, int status, String body) {
    return new ApiFailure("AMISS", reason(what, status, body));
  }

  private static String reason(String what, int status, String body) {
    var said = body.strip().replaceAll("\\s+", " ");
    return "cannot %s: %d %s"
        .formatted(what, status, said.substring(0, Math.min(said.length(), ERROR_CHARS)));
  }
}
