package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.kernel.LogLines;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// What the S3 edge says in the log (F10).
class S3LogTest {
  private static final String BUCKET = "logged";
  private static S3Node node;
  private static S3Client s3;

  @BeforeAll
  static void start() {
    node = new S3Node();
    s3 = node.client();
    s3.createBucket(b -> b.bucket(BUCKET));
  }

  @AfterAll
  static void stop() {
    s3.close();
    node.close();
  }

  private static void put(String key) {
    s3.putObject(b -> b.bucket(BUCKET).key(key), RequestBody.fromString("bytes"));
  }

  @Test
  void allInstancesServeOnOneFreePort() {
    try (var log = LogLines.of(S3Verticle.class);
        var other = new S3Node()) {
      assertThat(log.all())
          .extracting(line -> line.getString("message"))
          .hasSize(2)
          .allMatch(message -> message.startsWith("serving s3 port=" + other.port + " "));
    }
  }

  @ParameterizedTest
  @CsvSource({"UNAVAILABLE,503", "STORAGE_ERROR,507", "INTERNAL_ERROR,500"})
  @DisplayName("F10: the line of a failed PUT names bucket, object, code and trace")
  void theLineOfAFailedPutNamesWhatFailed(String code, int status) {
    try (var log = LogLines.of(Exchange.class)) {
      assertThatThrownBy(() -> put("fault/" + code))
          .isInstanceOfSatisfying(
              S3Exception.class,
              e -> {
                assertThat(e.statusCode()).isEqualTo(status);
                var line = log.only("request failed method=PUT status=" + status);
                assertThat(line.getString("bucket")).isEqualTo(BUCKET);
                assertThat(line.getString("object")).isEqualTo("fault/" + code);
                assertThat(line.getString("code")).isEqualTo(code);
                assertThat(line.getString("trace")).isEqualTo(e.requestId()).isNotEmpty();
              });
    }
  }

  @Test
  void whatTheClientDidWrongIsNotLogged() {
    try (var log = LogLines.of(Exchange.class)) {
      assertThatThrownBy(() -> s3.headObject(b -> b.bucket(BUCKET).key("nothing")))
          .isInstanceOf(S3Exception.class);
      assertThat(log.all()).isEmpty();
    }
  }
}
