package io.kintsugi.driver;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// What a server answered, whole.
record S3Answer(int status, MultiMap headers, Buffer body) {
  /// Whether it did what it was asked. Some long work is answered with success before it failed,
  /// which only the document tells.
  boolean isDone() {
    return status / 100 == 2 && !(isXml() && S3Xml.isError(body));
  }

  private boolean isXml() {
    var type = headers.get("content-type");
    return type != null && type.contains("xml");
  }

  boolean isMissing() {
    return status == 404;
  }

  String header(String name) {
    var value = headers.get(name);
    return value == null ? "" : value;
  }

  /// As the server writes it, with its quotes.
  String etag() {
    return header("etag");
  }

  long contentLength() {
    try {
      return Long.parseLong(header("content-length"));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  Instant modified() {
    var date = date("last-modified");
    return date == null ? Instant.EPOCH : date;
  }

  /// Null if it is not there, or is none.
  @Nullable Instant date(String name) {
    try {
      return ZonedDateTime.parse(header(name), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }
}
