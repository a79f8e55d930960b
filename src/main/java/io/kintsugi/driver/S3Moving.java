package io.kintsugi.driver;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives an object another name: a copy that the server makes, and only when that is whole the
/// removal of the old one. If the process dies in between, both are there.
final class S3Moving {
  private static final Logger LOG = LoggerFactory.getLogger(S3Moving.class);

  /// More is copied in parts, none of which takes the server long.
  private static final long PART_BYTES = 512L << 20;

  private final S3Place place;

  S3Moving(S3Place place) {
    this.place = place;
  }

  void move(String from, String to, S3Answer source) throws DriverException {
    long size = source.contentLength();
    if (size <= PART_BYTES) {
      place.done(to, place.answer(to, copy(from, to, source), size));
    } else {
      copyInParts(from, to, source, size);
    }
    var copied = place.done(to, place.head(to));
    if (copied.contentLength() != size) {
      throw new DriverException(new Fault.Io(to, "the server's copy has another length"));
    }
    var removed = place.send(from, S3Request.of(HttpMethod.DELETE, place.key(from)));
    if (!removed.isMissing()) {
      place.done(from, removed);
    }
  }

  private S3Request copy(String from, String to, S3Answer source) throws DriverException {
    var path = "/" + place.settings().bucket() + "/" + S3Signer.encode(place.key(from), true);
    var request = S3Request.of(HttpMethod.PUT, place.key(to)).header("x-amz-copy-source", path);
    return source.etag().isEmpty()
        ? request
        : request.header("x-amz-copy-source-if-match", source.etag());
  }

  private void copyInParts(String from, String to, S3Answer source, long size)
      throws DriverException {
    var begun = S3Request.of(HttpMethod.POST, place.key(to)).with("uploads", "");
    var id = place.text(to, place.ask(to, begun), "UploadId");
    try {
      var parts = new ArrayList<String>();
      for (long at = 0; at < size; at += PART_BYTES) {
        long end = Math.min(size, at + PART_BYTES);
        var part =
            copy(from, to, source)
                .header("x-amz-copy-source-range", "bytes=" + at + "-" + (end - 1))
                .with("partNumber", Integer.toString(parts.size() + 1))
                .with("uploadId", id);
        parts.add(place.text(to, place.done(to, place.answer(to, part, end - at)), "ETag"));
      }
      var whole =
          S3Request.of(HttpMethod.POST, place.key(to))
              .with("uploadId", id)
              .header("content-type", "application/xml")
              .body(S3Xml.parts(parts));
      place.done(to, place.answer(to, whole, size));
    } catch (DriverException e) {
      abort(to, id);
      throw e;
    }
  }

  private void abort(String to, String id) {
    try {
      place.ask(to, S3Request.of(HttpMethod.DELETE, place.key(to)).with("uploadId", id));
    } catch (DriverException e) {
      LOG.debug("an upload stays at the server: {}", e.fault().text());
    }
  }
}
