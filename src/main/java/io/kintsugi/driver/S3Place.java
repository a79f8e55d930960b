package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// What lies below the prefix of one bucket, spoken to in whole questions by threads that may wait.
final class S3Place {
  /// Lies in the root, where it tells one root from another, and in every folder that was made, so
  /// that it stays when it is empty. No listing tells of it.
  static final String MARK = ".kintsugi";

  static final int NOT_IMPLEMENTED = 501;
  private static final int KEY_BYTES_MAX = 1024;

  /// What the slowest server copies or joins in a second.
  private static final long SERVER_BYTES_PER_SECOND = 10_000_000;

  /// How much longer than the client itself anyone waits for it.
  private static final Duration MARGIN = Duration.ofSeconds(1);

  /// Until another body has been sent, where too many are being.
  private static final long ROOM_MILLIS = 2_000;

  private interface Parsing<T> {
    T of(Buffer body) throws IOException;
  }

  private final S3Settings settings;
  private final S3Client client;
  private final S3Faults faults;

  /// Connections that stay with one body for as long as somebody else takes to bring it, or to take
  /// it, are bounded: the others stay for short questions.
  private final Semaphore uploads;

  private final Semaphore downloads;

  /// As long as the server has not said otherwise.
  private volatile boolean copies = true;

  S3Place(S3Settings settings, S3Client client) {
    this.settings = settings;
    this.client = client;
    faults = new S3Faults(settings);
    uploads = new Semaphore(settings.connections() / 2);
    downloads = new Semaphore(settings.connections() / 4);
  }

  S3Settings settings() {
    return settings;
  }

  S3Client client() {
    return client;
  }

  Semaphore downloads() {
    return downloads;
  }

  /// Whether the server copies ranges of objects by itself, as far as is known.
  boolean copies() {
    return copies;
  }

  void copiesNothing() {
    copies = false;
  }

  /// The key of a file's name; that of the root is the prefix without its slash, and unused.
  String key(String name) throws DriverException {
    Segments.require(name);
    var key = settings.prefix() + name;
    if (key.getBytes(UTF_8).length > KEY_BYTES_MAX) {
      throw new DriverException(new Fault.Io(name, "not a name that a bucket can hold"));
    }
    return key;
  }

  /// What the keys of all that lies in a folder begin with.
  String folderKey(String folder) throws DriverException {
    return folder.isEmpty() ? settings.prefix() : key(folder) + "/";
  }

  String markKey(String folder) throws DriverException {
    return folderKey(folder) + MARK;
  }

  void requireOpen(String name) throws DriverException {
    if (client.isClosed()) {
      throw new DriverException(new Fault.Disconnected(name, "the driver is closed"));
    }
  }

  /// Whatever the server answers.
  S3Answer send(String name, S3Request request) throws DriverException {
    return send(name, request, S3Client.ANSWER_BYTES_MAX, settings.timeout());
  }

  S3Answer send(String name, S3Request request, int maxBytes, Duration patience)
      throws DriverException {
    try {
      return S3Wait.on(client.send(request, maxBytes, patience), patience.plus(MARGIN));
    } catch (Exception e) {
      throw silence(name, e);
    }
  }

  /// An answer of so many bytes at most.
  S3Answer range(String name, S3Request request, int bytes) throws DriverException {
    try {
      return S3Wait.on(client.range(request, bytes), settings.timeout().plus(MARGIN));
    } catch (Exception e) {
      throw silence(name, e);
    }
  }

  /// The answer of a server that did what it was asked.
  S3Answer ask(String name, S3Request request) throws DriverException {
    return done(name, send(name, request));
  }

  /// As [#send], for what takes the server the longer the more bytes there are.
  S3Answer answer(String name, S3Request request, long sizeBytes) throws DriverException {
    var patience = settings.timeout().plusSeconds(sizeBytes / SERVER_BYTES_PER_SECOND);
    return send(name, request, S3Client.ANSWER_BYTES_MAX, patience);
  }

  S3Answer done(String name, S3Answer answer) throws DriverException {
    if (!answer.isDone()) {
      throw refusal(name, answer);
    }
    return answer;
  }

  DriverException refusal(String name, S3Answer answer) {
    return faults.refusal(name, answer);
  }

  DriverException silence(String name, Exception cause) {
    if (cause instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return client.isClosed()
        ? new DriverException(new Fault.Disconnected(name, "the driver is closed"), cause)
        : faults.silence(name, cause);
  }

  /// What an object is, without its bytes.
  S3Answer head(String name) throws DriverException {
    return send(name, S3Request.of(HttpMethod.HEAD, key(name)));
  }

  boolean isFile(String name) throws DriverException {
    var answer = head(name);
    if (answer.isMissing()) {
      return false;
    }
    done(name, answer);
    return true;
  }

  /// Whether any key stands in a folder, be it only its mark.
  boolean hasKeys(String folder) throws DriverException {
    var found = list(folder, Map.of("prefix", folderKey(folder), "max-keys", "1"));
    return !found.items().isEmpty() || !found.prefixes().isEmpty();
  }

  S3Xml.Listing list(String folder, Map<String, String> params) throws DriverException {
    var request =
        S3Request.of(HttpMethod.GET, "")
            .with("list-type", "2")
            .with("encoding-type", "url")
            .with(params);
    return parse(folder, ask(folder, request), S3Xml::listing);
  }

  S3Xml.Uploads uploads(String name, S3Answer answer) throws DriverException {
    return parse(name, answer, S3Xml::uploads);
  }

  String text(String name, S3Answer answer, String element) throws DriverException {
    return parse(name, answer, body -> S3Xml.text(body, element));
  }

  private static <T> T parse(String name, S3Answer answer, Parsing<T> parsing)
      throws DriverException {
    try {
      return parsing.of(answer.body());
    } catch (IOException e) {
      throw new DriverException(new Fault.Io(name, String.valueOf(e.getMessage())), e);
    }
  }

  /// Begins to send a body piece by piece.
  S3Upload upload(String name, S3Request request) throws DriverException {
    boolean free = false;
    try {
      free = uploads.tryAcquire(ROOM_MILLIS, TimeUnit.MILLISECONDS);
      if (!free) {
        throw new DriverException(new Fault.Throttled(name));
      }
      var upload = S3Upload.await(client.upload(request), settings.timeout());
      upload.whenOver(uploads::release);
      return upload;
    } catch (Exception e) {
      if (free) {
        uploads.release();
      }
      throw silence(name, e);
    }
  }

  /// Whether the server has other bytes than were sent, as far as it tells: only where its tag is
  /// that of the bytes, and not of what they were encrypted to.
  static boolean differs(S3Answer answer, byte[] md5) {
    var tag = answer.etag().replace("\"", "");
    boolean encrypted =
        answer.header("x-amz-server-side-encryption").startsWith("aws:kms")
            || !answer.header("x-amz-server-side-encryption-customer-algorithm").isEmpty();
    return tag.matches("[0-9a-fA-F]{32}")
        && !encrypted
        && !tag.equalsIgnoreCase(HexFormat.of().formatHex(md5));
  }
}
