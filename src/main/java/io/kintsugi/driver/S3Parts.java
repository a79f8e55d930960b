package io.kintsugi.driver;

import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The parts of one object that is not there yet: sent, or copied by the server out of another
/// object, and only out of the one that bore that name when this was made.
final class S3Parts {
  /// So many at most are sent, and so many copied for their length alone; what is left of the ten
  /// thousand that an object may have is for pieces.
  private static final int SENT_MAX = 7_000;

  private static final int COPIED_MAX = 1_000;
  static final int PIECES_MAX = 1_900;

  /// More is copied in several parts, none of which takes the server long.
  private static final long COPY_BYTES = 512L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(S3Parts.class);

  private final S3Place place;
  private final String name;
  private final String key;
  private final String sourcePath;
  private final String sourceTag;
  private final long sizeBytes;
  private final List<String> tags = new ArrayList<>();
  private @Nullable String uploadId;

  S3Parts(S3Place place, String name, String base, long sizeBytes) throws DriverException {
    this.place = place;
    this.name = name;
    this.sizeBytes = sizeBytes;
    key = place.key(name);
    sourceTag = place.done(base, place.head(base)).etag();
    sourcePath = "/" + place.settings().bucket() + "/" + S3Signer.encode(place.key(base), true);
  }

  /// How much is sent as one part.
  int partBytes() {
    long least = Math.ceilDiv(Math.max(0, sizeBytes), SENT_MAX);
    return Math.toIntExact(Math.max(least, place.settings().partBytes()));
  }

  private S3Request next() throws DriverException {
    var id = uploadId;
    if (id == null) {
      var begun = S3Request.of(HttpMethod.POST, key).with("uploads", "");
      id = place.text(name, place.ask(name, begun), "UploadId");
      uploadId = id;
    }
    return S3Request.of(HttpMethod.PUT, key)
        .with("partNumber", Integer.toString(tags.size() + 1))
        .with("uploadId", id);
  }

  void send(byte[] bytes) throws DriverException {
    var answer = place.ask(name, next().body(bytes));
    if (S3Place.differs(answer, S3Request.digest("MD5", bytes))) {
      throw new DriverException(new Fault.Io(name, "the server holds other bytes than were sent"));
    }
    tags.add(answer.etag());
  }

  void copy(long position, long lengthBytes) throws DriverException {
    long usual = Math.max(COPY_BYTES, Math.ceilDiv(Math.max(0, sizeBytes), COPIED_MAX));
    long count = Math.max(1, Math.ceilDiv(lengthBytes, usual));
    long each = Math.ceilDiv(lengthBytes, count);
    for (long done = 0; done < lengthBytes; done += each) {
      long length = Math.min(each, lengthBytes - done);
      long from = position + done;
      var part =
          next()
              .header("x-amz-copy-source", sourcePath)
              .header("x-amz-copy-source-range", "bytes=" + from + "-" + (from + length - 1));
      if (!sourceTag.isEmpty()) {
        part = part.header("x-amz-copy-source-if-match", sourceTag);
      }
      var answer = place.answer(name, part, length);
      if (answer.status() == 412) {
        throw new DriverException(new Fault.Io(name, "it was replaced while it was being copied"));
      }
      if (answer.status() == S3Place.NOT_IMPLEMENTED) {
        place.copiesNothing();
      }
      tags.add(place.text(name, place.done(name, answer), "ETag"));
    }
  }

  /// Makes the object of its parts; answers its tag, empty if the server does not tell it.
  String complete() throws DriverException {
    if (tags.isEmpty()) {
      send(new byte[0]);
    }
    var request =
        S3Request.of(HttpMethod.POST, key)
            .with("uploadId", String.valueOf(uploadId))
            .header("content-type", "application/xml")
            .body(S3Xml.parts(tags));
    var answer = place.done(name, place.answer(name, request, sizeBytes));
    uploadId = null;
    return tagOf(answer);
  }

  static String tagOf(S3Answer completed) {
    try {
      return S3Xml.text(completed.body(), "ETag");
    } catch (IOException e) {
      return "";
    }
  }

  /// As some write it with quotes, and some without.
  static boolean isSame(String tag, @Nullable String other) {
    return !tag.isEmpty() && other != null && bare(tag).equals(bare(other));
  }

  private static String bare(String tag) {
    return tag.replace("\"", "").replace("&quot;", "");
  }

  /// Never fails: what stays at the server then is seen by nobody.
  void abort() {
    var id = uploadId;
    uploadId = null;
    if (id != null) {
      try {
        place.ask(name, S3Request.of(HttpMethod.DELETE, key).with("uploadId", id));
      } catch (DriverException e) {
        LOG.debug("an upload stays at the server: {}", e.fault().text());
      }
    }
  }
}
