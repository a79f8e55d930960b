package io.kintsugi.s3;

import io.kintsugi.kernel.Failure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A refusal in the words of S3: a code that clients know, a sentence, and further XML elements. It
/// never carries anything that a caller could not already know.
final class S3Error extends RuntimeException {
  /// The element that names the delete marker which was met.
  static final String DELETE_MARKER = "DeleteMarkerVersionId";

  private final ErrorCode code;
  private final transient Map<String, String> elements;

  S3Error(ErrorCode code, String message, Map<String, String> elements) {
    super(message, null, false, false);
    this.code = code;
    this.elements = Map.copyOf(elements);
  }

  static S3Error of(ErrorCode code) {
    return new S3Error(code, code.sentence(), Map.of());
  }

  static S3Error of(ErrorCode code, String message) {
    return new S3Error(code, message, Map.of());
  }

  static S3Error of(ErrorCode code, String message, String element, String value) {
    return new S3Error(code, message, Map.of(element, value));
  }

  ErrorCode code() {
    return code;
  }

  String text() {
    var message = getMessage();
    return message == null ? code.sentence() : message;
  }

  Map<String, String> elements() {
    return elements;
  }

  /// What a client is told of anything that went wrong.
  static S3Error from(Throwable cause) {
    return cause instanceof S3Error error ? error : of(Failure.from(cause));
  }

  private static S3Error of(Failure failure) {
    var what = failure.detail("what");
    return switch (failure.code()) {
      case NOT_FOUND -> missing(what, failure);
      case CONFLICT -> conflict(what, failure.text());
      case PRECONDITION_FAILED -> of(ErrorCode.PRECONDITION_FAILED);
      case INVALID_RANGE -> {
        var size = failure.detail("size");
        yield size == null
            ? of(ErrorCode.INVALID_RANGE)
            : of(
                ErrorCode.INVALID_RANGE,
                ErrorCode.INVALID_RANGE.sentence(),
                "ActualObjectSize",
                size);
      }
      case INVALID_REQUEST, VALIDATION_ERROR -> invalid(what, failure.text());
      case AUTH_ERROR -> of(ErrorCode.ACCESS_DENIED);
      case FORBIDDEN -> of(ErrorCode.ACCESS_DENIED, failure.text());
      case UNAVAILABLE ->
          of(
              "catalog".equals(what) ? ErrorCode.SERVICE_UNAVAILABLE : ErrorCode.SLOW_DOWN,
              failure.text());
      case QUEUE_FULL, RATE_LIMIT_EXCEEDED -> of(ErrorCode.SLOW_DOWN, failure.text());
      case TIMEOUT -> of(ErrorCode.SERVICE_UNAVAILABLE);
      case CANCELLED -> of(ErrorCode.REQUEST_TIMEOUT);
      case STORAGE_ERROR -> of(ErrorCode.INSUFFICIENT_STORAGE, failure.text());
      case CORRUPT ->
          of(
              ErrorCode.INTERNAL_ERROR,
              "The object is damaged beyond what can be repaired now, and damaged bytes are never"
                  + " served.");
      case INTERNAL_ERROR -> of(ErrorCode.INTERNAL_ERROR);
    };
  }

  /// What a delete marker stands for is not there; the marker itself cannot be read.
  private static S3Error missing(@Nullable String what, Failure failure) {
    var marker = failure.detail("marker");
    if (marker == null) {
      return of(missing(what));
    }
    var code = "delete-marker".equals(what) ? ErrorCode.METHOD_NOT_ALLOWED : ErrorCode.NO_SUCH_KEY;
    return of(code, code.sentence(), DELETE_MARKER, marker);
  }

  private static ErrorCode missing(@Nullable String what) {
    return switch (what) {
      case "bucket" -> ErrorCode.NO_SUCH_BUCKET;
      case "upload" -> ErrorCode.NO_SUCH_UPLOAD;
      case "version" -> ErrorCode.NO_SUCH_VERSION;
      case "part" -> ErrorCode.INVALID_PART;
      case null, default -> ErrorCode.NO_SUCH_KEY;
    };
  }

  private static S3Error conflict(@Nullable String what, String message) {
    return switch (what) {
      case "bucket-not-empty" -> of(ErrorCode.BUCKET_NOT_EMPTY);
      case "bucket-exists" -> of(ErrorCode.BUCKET_ALREADY_OWNED_BY_YOU);
      case "folder-is-file" -> of(ErrorCode.PARENT_IS_FILE, message);
      case "file-is-folder" -> of(ErrorCode.KEY_IS_FOLDER, message);
      case null, default -> of(ErrorCode.OPERATION_ABORTED);
    };
  }

  private static S3Error invalid(@Nullable String what, String message) {
    return switch (what) {
      case "invalid-part" -> of(ErrorCode.INVALID_PART);
      case "invalid-part-order" -> of(ErrorCode.INVALID_PART_ORDER);
      case "entity-too-small" -> of(ErrorCode.ENTITY_TOO_SMALL);
      case "key" -> of(ErrorCode.INVALID_ARGUMENT, message);
      case null, default -> of(ErrorCode.INVALID_REQUEST, message);
    };
  }
}
