package io.kintsugi.driver;

import io.kintsugi.driver.S3Xml.Problem;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// What the refusals of a server, and its silence, mean to who asked for a name.
final class S3Faults {
  private static final Set<String> MISCONFIGURED =
      Set.of(
          "InvalidAccessKeyId",
          "SignatureDoesNotMatch",
          "AuthorizationHeaderMalformed",
          "RequestTimeTooSkewed",
          "ExpiredToken",
          "InvalidToken",
          "InvalidSecurity",
          "AccountProblem",
          "NoSuchBucket",
          "InvalidBucketName",
          "PermanentRedirect",
          "TemporaryRedirect",
          "IllegalLocationConstraintException");
  private static final Set<String> FULL =
      Set.of(
          "QuotaExceeded",
          "InsufficientStorage",
          "InsufficientCapacity",
          "StorageFull",
          "XMinioStorageFull",
          "XMinioAdminBucketQuotaExceeded",
          "NotEnoughDiskSpace");
  private static final Set<String> THROTTLED =
      Set.of(
          "SlowDown",
          "TooManyRequests",
          "RequestLimitExceeded",
          "Throttling",
          "BandwidthLimitExceeded");

  private final S3Settings settings;

  S3Faults(S3Settings settings) {
    this.settings = settings;
  }

  /// What an answer means that does not say that it is done.
  DriverException refusal(String name, S3Answer answer) {
    return new DriverException(fault(name, answer.status(), S3Xml.problem(answer.body())));
  }

  Fault fault(String name, int status, Problem problem) {
    var code = problem.code();
    if (MISCONFIGURED.contains(code)) {
      return new Fault.Misconfigured(name, text(status, problem));
    }
    if (FULL.contains(code) || status == 507) {
      return new Fault.Full(name);
    }
    if (THROTTLED.contains(code) || status == 429) {
      return new Fault.Throttled(name);
    }
    return switch (status) {
      case 301, 302, 307, 308, 401 -> new Fault.Misconfigured(name, text(status, problem));
      case 403 -> new Fault.Denied(name);
      case 404 -> new Fault.NotFound(name);
      case 405 -> new Fault.ReadOnly(name);
      case 412 -> new Fault.Exists(name);
      case 408, 504 -> new Fault.Timeout(name);
      default -> new Fault.Io(name, text(status, problem));
    };
  }

  private String text(int status, Problem problem) {
    var code = problem.code().isEmpty() ? "" : ", " + problem.code();
    var message = problem.message().isEmpty() ? "" : ": " + problem.message();
    var text = "the server answers " + status + code + message;
    return settings.withoutSecrets(text.length() > 500 ? text.substring(0, 500) : text);
  }

  /// What it means that no answer came.
  DriverException silence(String name, Throwable cause) {
    return cause instanceof DriverException told
        ? told
        : new DriverException(fault(name, cause), cause);
  }

  private Fault fault(String name, Throwable cause) {
    var words = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    var text = settings.withoutSecrets(words);
    return switch (cause) {
      case TimeoutException _ -> new Fault.Timeout(name);
      case ConnectException _ when text.contains("timed out") -> new Fault.Timeout(name);
      case SSLException _ when !text.contains("closed") -> new Fault.Misconfigured(name, text);
      case ClosedChannelException _, VertxException _, IOException _ ->
          new Fault.Disconnected(name, text);
      default -> new Fault.Io(name, text);
    };
  }
}
