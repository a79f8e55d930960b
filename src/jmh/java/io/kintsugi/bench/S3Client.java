package io.kintsugi.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.function.IntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Just enough of S3 to put and get: SigV4 in headers over an unsigned payload, path style.
final class S3Client {
  private static final String REGION = "us-east-1";
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI base;
  private final String accessKey;
  private final String secretKey;

  S3Client(URI base, String accessKey, String secretKey) {
    this.base = base;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  void put(String path, byte[] body) throws Exception {
    put(path, HttpRequest.BodyPublishers.ofByteArray(body));
  }

  void put(String path, HttpRequest.BodyPublisher body) throws Exception {
    var request = signed("PUT", path).PUT(body).build();
    var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("PUT " + path + ": " + answer.statusCode() + answer.body());
    }
  }

  byte[] get(String path) throws Exception {
    var request = signed("GET", path).GET().build();
    var answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("GET " + path + ": " + answer.statusCode());
    }
    return answer.body();
  }

  /// Puts an object in parts, one after the other.
  void putParts(String path, int parts, IntFunction<HttpRequest.BodyPublisher> body)
      throws Exception {
    var begun = text(signed("POST", path, "uploads=").POST(HttpRequest.BodyPublishers.noBody()));
    var upload = between(begun.body(), "<UploadId>", "</UploadId>");
    var list = new StringBuilder("<CompleteMultipartUpload>");
    for (int part = 1; part <= parts; part++) {
      var query = "partNumber=" + part + "&uploadId=" + upload;
      var answer = text(signed("PUT", path, query).PUT(body.apply(part)));
      list.append("<Part><PartNumber>").append(part).append("</PartNumber><ETag>");
      list.append(answer.headers().firstValue("etag").orElseThrow()).append("</ETag></Part>");
    }
    list.append("</CompleteMultipartUpload>");
    text(
        signed("POST", path, "uploadId=" + upload)
            .POST(HttpRequest.BodyPublishers.ofString(list.toString())));
  }

  private static String between(String text, String from, String to) {
    int begin = text.indexOf(from) + from.length();
    return text.substring(begin, text.indexOf(to, begin));
  }

  private HttpResponse<String> text(HttpRequest.Builder request) throws Exception {
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(answer.request() + ": " + answer.body());
    }
    return answer;
  }

  /// The body as it comes.
  InputStream open(String path) throws Exception {
    var request = signed("GET", path).GET().build();
    var answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("GET " + path + ": " + answer.statusCode());
    }
    return answer.body();
  }

  /// @param path with nothing in it that must be escaped
  private HttpRequest.Builder signed(String method, String path) throws GeneralSecurityException {
    return signed(method, path, "");
  }

  /// @param query with its names in order and nothing in it that must be escaped
  private HttpRequest.Builder signed(String method, String path, String query)
      throws GeneralSecurityException {
    var stamp = STAMP.format(Instant.now());
    var day = stamp.substring(0, 8);
    var names = "host;x-amz-content-sha256;x-amz-date";
    var canonical =
        "%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:%s\n\n%s\nUNSIGNED-PAYLOAD"
            .formatted(method, path, query, base.getAuthority(), stamp, names);
    var scope = day + "/" + REGION + "/s3/aws4_request";
    var digest = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(UTF_8));
    var text =
        "AWS4-HMAC-SHA256\n%s\n%s\n%s".formatted(stamp, scope, HexFormat.of().formatHex(digest));
    var key = mac(("AWS4" + secretKey).getBytes(UTF_8), day);
    for (var step : new String[] {REGION, "s3", "aws4_request"}) {
      key = mac(key, step);
    }
    var signature = HexFormat.of().formatHex(mac(key, text));
    return HttpRequest.newBuilder(base.resolve(query.isEmpty() ? path : path + "?" + query))
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("x-amz-date", stamp)
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                .formatted(accessKey, scope, names, signature));
  }

  private static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(UTF_8));
  }
}
