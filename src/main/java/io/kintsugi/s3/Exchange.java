package io.kintsugi.s3;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Trace;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Tally;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request and its answer. Exactly one answer is given, whatever happens first.
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /// A client that is refused while it still sends is listened to for this long, because many read
  /// the answer only after the last byte.
  private static final Duration LINGER = Duration.ofSeconds(5);

  private static final int OUR_FAULT = 500;

  private final World world;
  private final HttpServerRequest request;
  private final Activity activity;
  private final Tally tally;
  private final String id;
  private final long startNanos;
  private final boolean expectsContinue;
  private @Nullable Operation operation;
  private Runnable onGone = () -> {};
  private boolean continued;
  private boolean answered;
  private boolean stretched;
  private boolean gone;

  Exchange(World world, HttpServerRequest request, Activity activity, Tally tally) {
    this.world = world;
    this.request = request;
    this.activity = activity;
    this.tally = tally;
    id = "%016X".formatted(world.random().nextLong());
    // The id a client quotes leads to every line that its request left in the log.
    Trace.set(id);
    startNanos = world.nanos();
    expectsContinue = "100-continue".equalsIgnoreCase(request.getHeader("Expect"));
    request.exceptionHandler(_ -> leave());
    request.response().exceptionHandler(_ -> leave());
    request.response().closeHandler(_ -> leave());
    request.response().endHandler(_ -> count());
  }

  HttpServerRequest request() {
    return request;
  }

  HttpServerResponse response() {
    return request.response();
  }

  Activity activity() {
    return activity;
  }

  /// Says what the request turned out to ask for.
  void asks(Operation what) {
    operation = what;
  }

  /// What to do when the client goes away before its answer is complete.
  void onGone(Runnable task) {
    onGone = task;
    if (gone) {
      task.run();
    }
  }

  /// True while the client waits for a word before it sends its body.
  boolean awaitsContinue() {
    return expectsContinue && !continued;
  }

  void inviteBody() {
    continued = true;
    response().writeContinue();
  }

  boolean isGone() {
    return gone;
  }

  private void leave() {
    if (!gone && !response().ended()) {
      gone = true;
      onGone.run();
    }
  }

  private void count() {
    tally.request(request.method().name(), response().getStatusCode(), world.nanos() - startNanos);
    tally.bytes(request.bytesRead(), response().bytesWritten());
  }

  /// Claims the right to answer: true for the first who asks, if the client is still there.
  boolean begin(int status) {
    if (answered || gone) {
      return false;
    }
    answered = true;
    var response = response().setStatusCode(status);
    response.putHeader("x-amz-request-id", id).putHeader("Server", "Kintsugi");
    response.putHeader("Date", HttpText.date(world.clock().instant()));
    return true;
  }

  void header(String name, @Nullable String value) {
    if (value != null) {
      response().putHeader(name, HttpText.wire(value));
    }
  }

  /// Puts a header into the answer to come; where its head is on the way already, it is too late.
  void announce(String name, @Nullable String value) {
    if (!answered && !gone) {
      header(name, value);
    }
  }

  void answer(int status) {
    answer(status, Map.of());
  }

  void answer(int status, Map<String, String> headers) {
    if (begin(status)) {
      headers.forEach(this::header);
      end(new byte[0]);
    }
  }

  /// Tells the client that its answer is on the way, though nothing of it is known yet.
  void keepAlive() {
    if (begin(200)) {
      stretched = true;
      header("Content-Type", "application/xml");
      response().setChunked(true).write(Xml.PROLOGUE);
    } else if (stretched && !gone) {
      response().write(" ");
    }
  }

  void answer(int status, Xml document) {
    if (stretched) {
      finish(document);
    } else if (begin(status)) {
      header("Content-Type", "application/xml");
      end(document.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /// Refuses. A request whose answer has begun can only be broken off.
  void fail(Throwable cause) {
    var error = S3Error.from(cause);
    tell(error, cause);
    if (stretched) {
      finish(document(error));
    } else if (begin(error.code().status())) {
      error.elements().forEach(this::errorHeader);
      header("Content-Type", "application/xml");
      end(document(error).toString().getBytes(StandardCharsets.UTF_8));
    } else if (!response().ended()) {
      breakOff();
    }
  }

  /// What a client did wrong is its own affair; what this node could not do stands in the log.
  private void tell(S3Error error, Throwable cause) {
    int status = error.code().status();
    if (status < OUR_FAULT) {
      return;
    }
    boolean ours = cause instanceof S3Error;
    var failure = Failure.from(cause);
    boolean unexpected = error.code() == ErrorCode.INTERNAL_ERROR;
    var event = unexpected ? LOG.atError().setCause(cause) : LOG.atWarn();
    event
        .addKeyValue("bucket", operation == null ? null : operation.bucket())
        .addKeyValue("object", operation == null ? null : operation.key())
        .addKeyValue("code", ours ? error.code().word() : failure.code())
        .log(
            "request failed method={} status={}: {}",
            request.method(),
            status,
            ours ? error.text() : failure.text());
  }

  private void finish(Xml document) {
    if (!gone && !response().ended()) {
      activity.theirs();
      response().end(document.body());
    }
  }

  private void errorHeader(String element, String value) {
    if (element.equals("ActualObjectSize")) {
      header("Content-Range", "bytes */" + value);
    } else if (element.equals("Region")) {
      header("x-amz-bucket-region", value);
    } else if (element.equals(S3Error.DELETE_MARKER)) {
      header("x-amz-delete-marker", "true");
      header("x-amz-version-id", value);
      if (response().getStatusCode() == ErrorCode.METHOD_NOT_ALLOWED.status()) {
        header("Allow", "DELETE");
      }
    }
  }

  private Xml document(S3Error error) {
    var xml = Xml.error().put("Code", error.code().word()).put("Message", error.text());
    error.elements().forEach(xml::put);
    return xml.put("Resource", request.path()).put("RequestId", id).put("HostId", world.node());
  }

  /// Ends the connection so that nobody can take what was sent for the whole.
  void breakOff() {
    Wire.cut(request.connection());
  }

  private void end(byte[] body) {
    var response = response();
    boolean hasBody = !request.method().equals(HttpMethod.HEAD);
    int status = response.getStatusCode();
    if (status != 204 && status != 304 && hasBody) {
      response.putHeader("Content-Length", Integer.toString(body.length));
    }
    // Whoever was not told to send will not, so the connection has lost its framing.
    boolean last = awaitsContinue();
    if (last) {
      response.putHeader("Connection", "close");
    } else if (!request.isEnded()) {
      linger();
    }
    activity.theirs();
    var sent = hasBody && body.length > 0 ? response.end(Buffer.buffer(body)) : response.end();
    if (last) {
      sent.onComplete(_ -> request.connection().close());
    }
  }

  /// The rest of the body is read and dropped, so that the answer is not lost in a reset.
  private void linger() {
    activity.onIdle(this::breakOff);
    request.handler(_ -> {});
    request.endHandler(_ -> activity.theirs());
    request.resume();
    world.after(LINGER, this::closeUnlessRead);
  }

  private void closeUnlessRead() {
    if (!request.isEnded()) {
      breakOff();
    }
  }
}
