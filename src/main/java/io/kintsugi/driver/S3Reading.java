package io.kintsugi.driver;

import io.vertx.core.http.HttpMethod;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// An object open for reading. A single range is one question; who reads on and on gets a stream
/// that runs a little ahead, the further the longer he does.
///
/// Only the object that was opened is read: if another took its name, reading fails.
final class S3Reading implements Driver.Reading {
  private static final int AHEAD_BYTES_MIN = 1 << 20;

  /// What one reader holds of it in memory at most.
  private static final int AHEAD_BYTES_MAX = 4 << 20;

  private final S3Place place;
  private final String name;
  private final String key;
  private final long sizeBytes;
  private final String etag;

  /// Guarded by `this`, as is the rest below.
  private @Nullable Ahead ahead;

  private long lastEnd = -1;
  private int aheadBytes = AHEAD_BYTES_MIN;
  private boolean closed;

  /// A stream, and where it is.
  ///
  /// @param kept since an earlier reading
  private record Ahead(S3Download download, long position, long end, boolean kept) {}

  S3Reading(S3Place place, String name, String key, long sizeBytes, String etag) {
    this.place = place;
    this.name = name;
    this.key = key;
    this.sizeBytes = sizeBytes;
    this.etag = etag;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public int read(ByteBuffer target, long position) throws DriverException {
    int length = (int) Math.clamp(sizeBytes - position, 0L, (long) target.remaining());
    if (length == 0) {
      return 0;
    }
    var bytes = target.slice(target.position(), length);
    if (!continued(bytes, position)) {
      var whole = fetch(position, length);
      bytes.put(bytes.position(), whole);
    }
    target.position(target.position() + length);
    return length;
  }

  /// Reads from the stream, if one is at this place or is worth being begun; false if not.
  private boolean continued(ByteBuffer target, long position) throws DriverException {
    var stream = take(position, target.remaining());
    if (stream == null) {
      return false;
    }
    try {
      var filled = target.slice();
      stream.download().read(filled);
      if (filled.hasRemaining()) {
        throw new DriverException(new Fault.Io(name, "the server cut its answer short"));
      }
      keep(new Ahead(stream.download(), position + filled.position(), stream.end(), true));
      return true;
    } catch (Exception e) {
      release(stream);
      boolean cut = !(e instanceof TimeoutException || e instanceof InterruptedException);
      if (cut && stream.kept()) {
        // Nobody may have read for so long that the server gave it up; a question of its own tells.
        return false;
      }
      throw place.silence(name, e);
    }
  }

  /// Nobody else has it until it is kept again.
  private @Nullable Ahead take(long position, int length) throws DriverException {
    Ahead stale;
    synchronized (this) {
      var found = ahead;
      boolean inTurn = position == lastEnd;
      lastEnd = position + length;
      if (found != null && found.position() == position && found.end() >= position + length) {
        ahead = null;
        return found;
      }
      if (!inTurn || position + length == sizeBytes || closed) {
        return null;
      }
      stale = found;
      ahead = null;
    }
    if (stale != null) {
      release(stale);
    }
    return begin(position, length);
  }

  private @Nullable Ahead begin(long position, int length) throws DriverException {
    if (!place.downloads().tryAcquire()) {
      return null;
    }
    int bytes;
    synchronized (this) {
      bytes = Math.ceilDiv(aheadBytes, length) * length;
      aheadBytes = Math.min(AHEAD_BYTES_MAX, aheadBytes * 2);
    }
    long end = Math.min(sizeBytes, position + bytes);
    try {
      var opening = place.client().open(range(position, end));
      try {
        var opened = S3Wait.on(opening, place.settings().timeout().plusSeconds(1));
        var download = opened.download();
        check(opened.answer(), position);
        if (download == null) {
          throw place.refusal(name, opened.answer());
        }
        if (opened.answer().contentLength() > end - position) {
          throw new DriverException(
              new Fault.Io(name, "the server answers with more bytes than asked"));
        }
        return new Ahead(download, position, end, false);
      } catch (Exception e) {
        opening.onSuccess(late -> {
          if (late.download() != null) {
            late.download().close();
          }
        });
        throw e;
      }
    } catch (Exception e) {
      place.downloads().release();
      throw place.silence(name, e);
    }
  }

  private void keep(Ahead stream) {
    Ahead surplus = stream;
    synchronized (this) {
      boolean done = stream.position() == stream.end();
      if (!done && !closed) {
        surplus = ahead;
        ahead = stream;
      }
    }
    if (surplus != null) {
      release(surplus);
    }
  }

  private void release(Ahead stream) {
    stream.download().close();
    place.downloads().release();
  }

  private byte[] fetch(long position, int length) throws DriverException {
    var answer = place.range(name, range(position, position + length), length);
    check(answer, position);
    if (answer.body().length() != length) {
      throw new DriverException(new Fault.Io(name, "the server cut its answer short"));
    }
    return answer.body().getBytes();
  }

  private S3Request range(long position, long end) {
    var request =
        S3Request.of(HttpMethod.GET, key).header("range", "bytes=" + position + "-" + (end - 1));
    return etag.isEmpty() ? request : request.header("if-match", etag);
  }

  private void check(S3Answer answer, long position) throws DriverException {
    boolean whole = answer.status() == 200 && position == 0;
    if (answer.status() == 206 || whole) {
      return;
    }
    throw switch (answer.status()) {
      case 200 ->
          new DriverException(new Fault.Io(name, "the server answers with other bytes than asked"));
      case 412, 416 ->
          new DriverException(new Fault.Io(name, "it was replaced while it was being read"));
      default -> place.refusal(name, answer);
    };
  }

  @Override
  public void close() {
    Ahead last;
    synchronized (this) {
      closed = true;
      last = ahead;
      ahead = null;
    }
    if (last != null) {
      release(last);
    }
  }
}
