package io.kintsugi.driver;

import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An object being written. It takes its name when it is flushed, or published if it replaces
/// another, in one step; until then nobody sees anything of it, and closing it leaves nothing
/// behind.
///
/// What is short, or of unknown length, is kept until there is a part of it; a body of known length
/// is sent as it comes.
final class S3Writing implements Driver.Publishing {
  private static final Logger LOG = LoggerFactory.getLogger(S3Writing.class);
  private static final int SMALL_BYTES = 1 << 20;
  private static final int PARTS_MAX = 10_000;

  private static final String SHA256 = "x-amz-checksum-sha256";

  private final S3Place place;
  private final String name;
  private final String key;
  private final long sizeBytes;
  private final Manner manner;
  private final LongConsumer landed;
  private final boolean streamed;
  private final long pieceBytes;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final List<String> parts = new ArrayList<>();
  private final MessageDigest md5 = S3Request.digest("MD5");
  private @Nullable String uploadId;
  private @Nullable S3Upload upload;
  private long pieceLeft;
  private long writtenBytes;
  private String tag = "";
  private boolean flushed;
  private boolean over;

  /// How an object takes its name.
  enum Manner {
    /// The server sees to it that nothing bears it.
    IF_NEW,
    PLAIN,
    /// Only once it is published.
    PUBLISHED
  }

  /// @param landed is told the bytes of the object when it is there
  S3Writing(S3Place place, String name, long sizeBytes, Manner manner, LongConsumer landed)
      throws DriverException {
    this.place = place;
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.manner = manner;
    this.landed = landed;
    key = place.key(name);
    var settings = place.settings();
    streamed = sizeBytes > SMALL_BYTES && !settings.keepsBodies();
    pieceBytes = pieceBytes(settings);
  }

  /// Whether it is sent at once: it stands there with its last byte, when nothing can be asked any
  /// more before it is published.
  private boolean isWhole(S3Settings settings) {
    return streamed && manner != Manner.PUBLISHED && sizeBytes <= settings.multipartBytes();
  }

  /// The whole object, where it is sent at once; else a part of it.
  private long pieceBytes(S3Settings settings) {
    if (isWhole(settings)) {
      return sizeBytes;
    }
    long least = Math.ceilDiv(Math.max(0, sizeBytes), PARTS_MAX);
    return Math.max(least, streamed ? settings.multipartBytes() : settings.partBytes());
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    if (over) {
      throw new DriverException(new Fault.Io(name, "it takes no more bytes"));
    }
    if (sizeBytes >= 0 && writtenBytes + bytes.remaining() > sizeBytes) {
      throw new DriverException(new Fault.Io(name, "more bytes than were said"));
    }
    try {
      while (bytes.hasRemaining()) {
        int length = streamed ? stream(bytes) : keep(bytes);
        writtenBytes += length;
      }
    } catch (DriverException e) {
      abort();
      throw e;
    }
  }

  private int stream(ByteBuffer bytes) throws DriverException {
    var sending = upload;
    if (sending == null) {
      pieceLeft = Math.min(pieceBytes, sizeBytes - writtenBytes);
      sending = place.upload(name, target(parts.size() + 1).streamed(pieceLeft));
      upload = sending;
    }
    int length = (int) Math.min(pieceLeft, bytes.remaining());
    var piece = bytes.slice(bytes.position(), length);
    md5.update(piece.duplicate());
    try {
      sending.write(piece);
    } catch (Exception e) {
      throw place.silence(name, e);
    }
    bytes.position(bytes.position() + length);
    pieceLeft -= length;
    if (pieceLeft == 0 && uploadId != null) {
      parts.add(sent(finish()).etag());
    }
    return length;
  }

  private S3Answer finish() throws DriverException {
    var sending = upload;
    if (sending == null) {
      throw new IllegalStateException("nothing is being sent");
    }
    try {
      return sending.finish();
    } catch (Exception e) {
      sending.abort();
      throw place.silence(name, e);
    } finally {
      upload = null;
    }
  }

  private int keep(ByteBuffer bytes) throws DriverException {
    if (kept.size() == pieceBytes) {
      parts.add(sendKept(parts.size() + 1).etag());
    }
    int length = (int) Math.min(pieceBytes - kept.size(), bytes.remaining());
    var copy = new byte[length];
    bytes.get(copy);
    kept.writeBytes(copy);
    return length;
  }

  private S3Answer sendKept(int part) throws DriverException {
    var bytes = kept.toByteArray();
    kept.reset();
    md5.update(bytes);
    return sent(place.send(name, vouched(target(part), bytes)));
  }

  private S3Request vouched(S3Request request, byte[] bytes) {
    var whole = request.body(bytes);
    return place.settings().checksums() == S3Settings.Checksums.ALWAYS
        ? whole.header(
            SHA256, Base64.getEncoder().encodeToString(S3Request.digest("SHA-256", bytes)))
        : whole;
  }

  /// @param part from 1 on; 0 for the whole object
  private S3Request target(int part) throws DriverException {
    boolean whole = part == 0 || isWhole(place.settings());
    if (whole) {
      return conditional(S3Request.of(HttpMethod.PUT, key));
    }
    if (part > PARTS_MAX) {
      throw new DriverException(new Fault.Io(name, "it is longer than an object can be"));
    }
    if (uploadId == null) {
      var begun = S3Request.of(HttpMethod.POST, key).with("uploads", "");
      if (place.settings().checksums() == S3Settings.Checksums.ALWAYS) {
        begun = begun.header("x-amz-checksum-algorithm", "SHA256");
      }
      uploadId = place.text(name, place.ask(name, begun), "UploadId");
    }
    return S3Request.of(HttpMethod.PUT, key)
        .with("partNumber", Integer.toString(part))
        .with("uploadId", uploadId);
  }

  private S3Request conditional(S3Request request) {
    return manner == Manner.IF_NEW ? request.header("if-none-match", "*") : request;
  }

  /// Holds the server to the bytes that it was sent since the last time.
  private S3Answer sent(S3Answer answer) throws DriverException {
    var digest = md5.digest();
    place.done(name, answer);
    if (S3Place.differs(answer, digest)) {
      throw new DriverException(new Fault.Io(name, "the server holds other bytes than were sent"));
    }
    return answer;
  }

  /// What has no name yet cannot be kept.
  @Override
  public void flush() throws DriverException {
    if (manner != Manner.PUBLISHED) {
      publish();
    }
  }

  @Override
  public void publish() throws DriverException {
    if (flushed) {
      return;
    }
    if (over) {
      throw new DriverException(new Fault.Io(name, "it was given up"));
    }
    if (sizeBytes >= 0 && writtenBytes != sizeBytes) {
      abort();
      throw new DriverException(new Fault.Io(name, "fewer bytes than were said"));
    }
    try {
      end();
      over = true;
      flushed = true;
      landed.accept(writtenBytes);
    } catch (DriverException e) {
      abort();
      throw e;
    }
  }

  private void end() throws DriverException {
    if (upload != null) {
      tag = sent(finish()).etag();
    } else if (uploadId == null) {
      tag = sendKept(0).etag();
    } else {
      if (kept.size() > 0) {
        parts.add(sendKept(parts.size() + 1).etag());
      }
      complete(uploadId);
    }
  }

  private void complete(String id) throws DriverException {
    var request =
        S3Request.of(HttpMethod.POST, key)
            .with("uploadId", id)
            .header("content-type", "application/xml")
            .body(S3Xml.parts(parts));
    var answer = place.answer(name, conditional(request), writtenBytes);
    if (manner == Manner.IF_NEW && answer.status() == 501) {
      answer = place.answer(name, request, writtenBytes);
    }
    tag = S3Parts.tagOf(place.done(name, answer));
    uploadId = null;
  }

  /// Of the object that it became, as the server told it; empty if it did not.
  String tag() {
    return tag;
  }

  @Override
  public void close() {
    if (!over) {
      abort();
    }
  }

  /// Never fails: what stays at the server then is seen by nobody.
  private void abort() {
    over = true;
    if (upload != null) {
      upload.abort();
      upload = null;
    }
    kept.reset();
    var id = uploadId;
    if (id != null) {
      uploadId = null;
      try {
        place.ask(name, S3Request.of(HttpMethod.DELETE, key).with("uploadId", id));
      } catch (DriverException e) {
        LOG.debug("an upload stays at the server: {}", e.fault().text());
      }
    }
  }
}
