package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.driver.S3Writing.Manner;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What lies below a prefix of a bucket on a server that speaks S3. Every thread that calls it
/// waits for that server; event loops do the work.
///
/// A file is an object. A folder is there as long as any key stands in it; one that was made keeps
/// a mark, and that of the root tells one root from another.
public final class S3Driver implements Driver {
  private static final int KEYS_MAX = 1000;

  /// What an empty object answers to whoever asks for its first byte.
  private static final int NO_SUCH_RANGE = 416;

  private final S3Place place;
  private final S3Folders folders;
  private final S3Probe probe;
  private final S3Usage usage;
  private final S3Moving moving;

  public S3Driver(Vertx vertx, S3Settings settings) {
    this(vertx, settings, Clock.systemUTC());
  }

  S3Driver(Vertx vertx, S3Settings settings, Clock clock) {
    place = new S3Place(settings, new S3Client(vertx, settings, clock));
    folders = new S3Folders(place);
    probe = new S3Probe(place);
    usage = new S3Usage(place);
    moving = new S3Moving(place);
  }

  /// What this server does not do as others do, as far as was seen yet; for a person.
  public List<String> limits() {
    return probe.limits();
  }

  @Override
  public Identity identity() throws DriverException {
    return new Identity(folders.identity());
  }

  @Override
  public void createRoot() throws DriverException {
    if (folders.lookAtRoot() == null) {
      requireWritable("");
      var request = S3Request.of(HttpMethod.PUT, place.markKey(""));
      var id = UUID.randomUUID().toString().getBytes(UTF_8);
      var answer = place.send("", request.header("if-none-match", "*").body(id));
      // Another made it in the same moment: it is there.
      if (answer.status() != 412) {
        place.done("", answer.status() == 501 ? place.send("", request.body(id)) : answer);
      }
      folders.forget();
    }
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    var names = new ArrayList<String>();
    for (@Nullable String after = ""; after != null; ) {
      var page = list(folder, after, KEYS_MAX);
      page.entries().forEach(entry -> names.add(entry.name()));
      after = page.next();
    }
    return names;
  }

  @Override
  public Page list(String folder, String after, int limit) throws DriverException {
    return new S3Listing(place, folder, after, limit).page();
  }

  @Override
  public Entry stat(String name) throws DriverException {
    if (!name.isEmpty()) {
      var answer = place.head(name);
      if (!answer.isMissing()) {
        return file(name, place.done(name, answer));
      }
    }
    if (name.isEmpty() ? folders.lookAtRoot() == null : !place.hasKeys(name)) {
      throw notFound(name);
    }
    return new Entry(Segments.last(name), Kind.FOLDER, 0, Instant.EPOCH, null);
  }

  private static Entry file(String name, S3Answer answer) {
    return new Entry(
        Segments.last(name),
        Kind.FILE,
        answer.contentLength(),
        answer.modified(),
        answer.etag().isEmpty() ? null : answer.etag());
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    requireWritable(folder);
    folders.make(folder);
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    place.key(name);
    requireWritable(name);
    folders.makeFor(name);
    boolean told = probe.refusesSecond();
    if (!told && place.isFile(name)) {
      throw new DriverException(new Fault.Exists(name));
    }
    return writing(name, sizeBytes, told ? Manner.IF_NEW : Manner.PLAIN);
  }

  @Override
  public Publishing createReplacing(String name, long sizeBytes) throws DriverException {
    return replacing(name, sizeBytes);
  }

  private S3Writing replacing(String name, long sizeBytes) throws DriverException {
    place.key(name);
    requireWritable(name);
    folders.makeFor(name);
    if (place.hasKeys(name)) {
      throw new DriverException(new Fault.Exists(name));
    }
    return writing(name, sizeBytes, Manner.PUBLISHED);
  }

  @Override
  public Copying copying() throws DriverException {
    return place.copies()
        ? S3Assembling.COPYING
        : new Copying.Never("the server copies no ranges of objects");
  }

  @Override
  public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    var writing = replacing(name, sizeBytes);
    return base == null
        ? new S3Whole(this, name, writing)
        : new S3Assembling(this, name, new S3Parts(place, name, base, sizeBytes), usage::landed);
  }

  /// Nothing is told by its time.
  @Override
  public Duration timeGrain() {
    return Duration.ZERO;
  }

  private S3Writing writing(String name, long sizeBytes, Manner manner) throws DriverException {
    return new S3Writing(place, name, sizeBytes, manner, usage::landed);
  }

  @Override
  public boolean canAppend() {
    return false;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    throw new DriverException(new Fault.Io(name, "an object cannot grow"));
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    var answer = place.done(name, place.head(name));
    long size = answer.contentLength();
    if (size < 0) {
      throw new DriverException(new Fault.Io(name, "the server does not tell its size"));
    }
    return new S3Reading(place, name, place.key(name), size, answer.etag());
  }

  /// The memory of this machine has nothing of it anyhow.
  @Override
  public Reading openUncached(String name) throws DriverException {
    return openRead(name);
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return stat(name).sizeBytes();
  }

  @Override
  public void flushFile(String name) throws DriverException {
    place.done(name, place.head(name));
  }

  /// An object that was answered for is kept, with its name: only whether the folder is there is to
  /// be told.
  @Override
  public void flushFolder(String folder) throws DriverException {
    folders.require(folder, folder);
  }

  @Override
  public byte[] readSmall(String name, int maxBytes) throws DriverException {
    // One question, so that what is replaced meanwhile comes whole.
    var request =
        S3Request.of(HttpMethod.GET, place.key(name))
            .header("range", "bytes=0-" + (Math.max(1, maxBytes) - 1));
    var answer = place.range(name, request, maxBytes);
    return answer.status() == NO_SUCH_RANGE
        ? new byte[0]
        : place.done(name, answer).body().getBytes();
  }

  @Override
  public void createSmall(String name, byte[] content) throws DriverException {
    write(createNew(name, content.length), content);
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    requireWritable(name);
    flushFile(name);
    write(writing(name, content.length, Manner.PLAIN), content);
  }

  private static void write(Writing file, byte[] content) throws DriverException {
    try (file) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
  }

  @Override
  public void remove(String name) throws DriverException {
    requireWritable(name);
    var request = S3Request.of(HttpMethod.DELETE, place.key(name));
    var answer = place.send(name, request);
    if (!answer.isMissing()) {
      place.done(name, answer);
    }
  }

  @Override
  public void move(String from, String to) throws DriverException {
    place.key(to);
    requireWritable(to);
    var source = place.done(from, place.head(from));
    folders.makeFor(to);
    if (place.isFile(to)) {
      throw new DriverException(new Fault.Exists(to));
    }
    moving.move(from, to, source);
  }

  @Override
  public int giveUp(Instant before, Predicate<String> own) throws DriverException {
    return place.settings().readOnly() ? 0 : new S3Uploads(place).giveUp(before, own);
  }

  @Override
  public Space space() throws DriverException {
    return usage.space();
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return !place.settings().readOnly()
        && (folder.isEmpty() ? folders.lookAtRoot() != null : place.hasKeys(folder));
  }

  private void requireWritable(String name) throws DriverException {
    if (place.settings().readOnly()) {
      throw new DriverException(new Fault.ReadOnly(name));
    }
  }

  private static DriverException notFound(String name) {
    return new DriverException(new Fault.NotFound(name));
  }

  @Override
  public void close() {
    usage.close();
    place.client().close();
  }
}
