package io.kintsugi.driver;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One bucket by HTTP. It tries nothing again but what was never understood: where the server says
/// that the bucket is elsewhere, that its clock shows something else, or where a connection that
/// had been idle turned out to be closed.
final class S3Client {
  private static final Logger LOG = LoggerFactory.getLogger(S3Client.class);
  private static final Duration SKEW_TOLERATED = Duration.ofMinutes(2);
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  /// Elsewhere, another clock, a closed connection: each at most once.
  private static final int ATTEMPTS = 4;

  /// Of a body, as it is told piece by piece.
  private static final int CHUNK_BYTES = 64 << 10;

  /// Of an answer that is kept in memory whole, if nobody says otherwise.
  static final int ANSWER_BYTES_MAX = 8 << 20;

  private final Vertx vertx;
  private final S3Settings settings;
  private final Clock clock;
  private final S3Signer signer;
  private final HttpClient http;

  /// All that comes from the server is told here, in its order.
  private final Context context;

  private final Set<Promise<?>> underWay = ConcurrentHashMap.newKeySet();
  private volatile S3Target target;
  private volatile String region;
  private volatile Duration skew = Duration.ZERO;
  private volatile boolean closed;

  S3Client(Vertx vertx, S3Settings settings, Clock clock) {
    this.vertx = vertx;
    this.settings = settings;
    this.clock = clock;
    signer = new S3Signer(settings.accessKey(), settings.secretKey(), settings.sessionToken());
    target = S3Target.of(settings);
    region = settings.region();
    http = vertx.createHttpClient(options(settings), pool(settings));
    context = contextOf(vertx);
  }

  /// One of its own, and not that of the verticle that makes the driver, which has enough to do.
  private static Context contextOf(Vertx vertx) {
    var made = new CompletableFuture<Context>();
    Thread.ofPlatform()
        .daemon()
        .name("s3-context")
        .start(() -> made.complete(vertx.getOrCreateContext()));
    return made.join();
  }

  private static HttpClientOptions options(S3Settings settings) {
    var connect = CONNECT.compareTo(settings.timeout()) < 0 ? CONNECT : settings.timeout();
    var options =
        new HttpClientOptions()
            .setConnectTimeout((int) connect.toMillis())
            .setKeepAliveTimeout((int) KEEP_ALIVE.toSeconds())
            .setMaxChunkSize(CHUNK_BYTES)
            .setDecompressionSupported(false);
    var certificates = settings.certificates();
    if (certificates != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(certificates.toString()));
    }
    return options;
  }

  private static PoolOptions pool(S3Settings settings) {
    return new PoolOptions().setHttp1MaxSize(settings.connections());
  }

  Duration timeout() {
    return settings.timeout();
  }

  boolean isClosed() {
    return closed;
  }

  /// Sends a request whose body is here, and reads the whole answer.
  Future<S3Answer> send(S3Request request) {
    return send(request, ANSWER_BYTES_MAX, settings.timeout());
  }

  /// @param maxBytes of the answer, which is refused beyond
  Future<S3Answer> send(S3Request request, int maxBytes, Duration patience) {
    return attempt(
        request,
        response -> collect(response, maxBytes, false),
        answer -> answer,
        patience,
        ATTEMPTS);
  }

  /// Asks for so many bytes; some servers answer with more.
  Future<S3Answer> range(S3Request request, int bytes) {
    return attempt(
        request,
        response -> collect(response, bytes, true),
        answer -> answer,
        settings.timeout(),
        ATTEMPTS);
  }

  /// An answer whose body is read piece by piece if it is a good one.
  ///
  /// @param download null if the answer is not a good one
  record Opened(S3Answer answer, @Nullable S3Download download) {}

  Future<Opened> open(S3Request request) {
    return attempt(request, this::open, Opened::answer, settings.timeout(), ATTEMPTS);
  }

  private Future<Opened> open(HttpClientResponse response) {
    if (response.statusCode() / 100 != 2) {
      return collect(response, ANSWER_BYTES_MAX, false).map(answer -> new Opened(answer, null));
    }
    var answer = new S3Answer(response.statusCode(), response.headers(), Buffer.buffer());
    return Future.succeededFuture(
        new Opened(answer, S3Download.of(context, response, settings.timeout())));
  }

  private <T> Future<T> attempt(
      S3Request request,
      Function<HttpClientResponse, Future<T>> reading,
      Function<T, S3Answer> answer,
      Duration patience,
      int left) {
    return exchange(request, reading, patience)
        .transform(done -> {
          boolean understood = done.succeeded();
          boolean again =
              left > 1
                  && !closed
                  && (understood
                      ? learn(answer.apply(done.result()))
                      : request.isHarmless() && done.cause() instanceof HttpClosedException);
          if (again) {
            return attempt(request, reading, answer, patience, left - 1);
          }
          return understood
              ? Future.succeededFuture(done.result())
              : Future.failedFuture(done.cause());
        });
  }

  private <T> Future<T> exchange(
      S3Request request, Function<HttpClientResponse, Future<T>> reading, Duration patience) {
    Promise<T> promise = Promise.promise();
    var sent = new AtomicReference<@Nullable HttpClientRequest>();
    underWay.add(promise);
    long timer =
        vertx.setTimer(
            patience.toMillis(), _ -> promise.tryFail(new TimeoutException("no answer in time")));
    var options = options(request);
    context.runOnContext(_ -> exchange(request, options, reading, promise, sent));
    if (closed) {
      promise.tryFail(new HttpClosedException("the driver is closed"));
    }
    return promise
        .future()
        .onComplete(done -> {
          underWay.remove(promise);
          vertx.cancelTimer(timer);
          var opened = sent.get();
          if (done.failed() && opened != null) {
            context.runOnContext(_ -> opened.reset());
          }
        });
  }

  private <T> void exchange(
      S3Request request,
      RequestOptions options,
      Function<HttpClientResponse, Future<T>> reading,
      Promise<T> promise,
      AtomicReference<@Nullable HttpClientRequest> sent) {
    http.request(options)
        .compose(opened -> {
          if (promise.future().isComplete()) {
            opened.reset();
            return Future.<HttpClientResponse>failedFuture(new TimeoutException("too late"));
          }
          sent.set(opened);
          told(opened);
          var body = request.body();
          // Servers want to be told that there is no body where there might be one.
          boolean silent = body == null && request.isHarmless();
          return silent ? opened.send() : opened.send(body == null ? Buffer.buffer() : body);
        })
        .compose(reading)
        .onComplete(promise::tryComplete, promise::tryFail);
  }

  /// Begins a request whose body follows piece by piece.
  Future<S3Upload> upload(S3Request request) {
    Promise<S3Upload> promise = Promise.promise();
    var options = options(request);
    context.runOnContext(_ -> http.request(options).map(this::upload).onComplete(promise));
    return promise
        .future()
        .onSuccess(upload -> {
          if (closed) {
            upload.abort();
          }
        });
  }

  /// What breaks a request is told by its answer.
  private static void told(HttpClientRequest opened) {
    opened.exceptionHandler(cause -> LOG.trace("a request broke", cause));
  }

  private S3Upload upload(HttpClientRequest opened) {
    told(opened);
    var answer =
        opened
            .response()
            .compose(response -> collect(response, ANSWER_BYTES_MAX, false))
            .onSuccess(this::learn);
    return new S3Upload(context, opened, answer, settings.timeout());
  }

  private RequestOptions options(S3Request request) {
    var at = target;
    var path = at.path(request.key());
    var query = S3Signer.query(request.query());
    var signed =
        signer.sign(
            request.method().name(),
            path,
            query,
            request.header("host", at.authority()).headers(),
            request.payload(),
            region,
            clock.instant().plus(skew));
    var options =
        new RequestOptions()
            .setMethod(request.method())
            .setHost(at.host())
            .setPort(at.port())
            .setSsl(at.tls())
            .setURI(query.isEmpty() ? path : path + "?" + query)
            .setFollowRedirects(false)
            .setConnectTimeout(settings.timeout().toMillis());
    signed.forEach(options::putHeader);
    return options;
  }

  /// @param cut what is longer than asked for is cut, and not refused
  private static Future<S3Answer> collect(HttpClientResponse response, int maxBytes, boolean cut) {
    Promise<S3Answer> promise = Promise.promise();
    var body = Buffer.buffer();
    response.handler(bytes -> {
      boolean good = response.statusCode() / 100 == 2;
      boolean more = body.length() + bytes.length() > (good ? maxBytes : ANSWER_BYTES_MAX);
      if (more && cut && good) {
        body.appendBuffer(bytes, 0, maxBytes - body.length());
        promise.tryComplete(new S3Answer(response.statusCode(), response.headers(), body));
        response.request().reset();
      } else if (more) {
        promise.tryFail(new IllegalStateException("the answer is longer than asked for"));
      } else {
        body.appendBuffer(bytes);
      }
    });
    response.exceptionHandler(promise::tryFail);
    response.endHandler(
        _ -> promise.tryComplete(new S3Answer(response.statusCode(), response.headers(), body)));
    return promise.future();
  }

  /// Takes to heart what a refusal says of place, region and time; whether there was something new.
  private boolean learn(S3Answer answer) {
    return switch (answer.status()) {
      case 301, 302, 307, 308 -> moved(answer);
      case 400 -> relocated(answer);
      case 403 -> refused(answer);
      default -> false;
    };
  }

  private boolean moved(S3Answer answer) {
    var before = target;
    var problem = S3Xml.problem(answer.body());
    var next = before.redirected(settings, answer.header("location"), problem.endpoint());
    boolean elsewhere = next != null && !next.equals(before);
    if (elsewhere) {
      target = Objects.requireNonNull(next);
      LOG.info("bucket={} is at host={}", settings.bucket(), next.host());
    }
    boolean otherRegion = relocated(answer);
    return otherRegion || elsewhere;
  }

  private boolean relocated(S3Answer answer) {
    var said = answer.header("x-amz-bucket-region");
    var found = said.isEmpty() ? S3Xml.problem(answer.body()).region() : said;
    boolean elsewhere = !found.isEmpty() && !found.equals(region);
    if (elsewhere) {
      region = found;
      LOG.info("bucket={} is in region={}", settings.bucket(), found);
    }
    return elsewhere;
  }

  private boolean refused(S3Answer answer) {
    boolean otherRegion = relocated(answer);
    boolean otherTime = retimed(answer);
    return otherRegion || otherTime;
  }

  private boolean retimed(S3Answer answer) {
    var there = answer.date("date");
    if (there == null) {
      return false;
    }
    var found = Duration.between(clock.instant(), there);
    boolean off = found.minus(skew).abs().compareTo(SKEW_TOLERATED) > 0;
    if (off) {
      skew = found;
      LOG.warn(
          "bucket={} the server's clock differs by {} s", settings.bucket(), found.toSeconds());
    }
    return off;
  }

  /// Everything under way fails; nothing stays open.
  void close() {
    closed = true;
    http.close().onFailure(cause -> LOG.debug("bucket={} not closed", settings.bucket(), cause));
    underWay.forEach(promise -> promise.tryFail(new HttpClosedException("the driver is closed")));
  }
}
