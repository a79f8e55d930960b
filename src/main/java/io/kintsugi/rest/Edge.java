package io.kintsugi.rest;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Trace;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Callers;
import io.kintsugi.web.EdgeCode;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.ErrorAnswer;
import io.kintsugi.web.Nearest;
import io.kintsugi.web.Tally;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to every request: it gets an id, is checked, answered, counted. Whatever fails
/// comes out here as an error with a stable code.
final class Edge {
  private static final Logger LOG = LoggerFactory.getLogger(Edge.class);
  private static final String JSON = "application/json";
  private static final String LIMIT = "body.limit";
  private static final String REQUEST_ID = "X-Request-Id";
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int TOO_LARGE = 413;
  private static final int UNSUPPORTED_TYPE = 415;
  private static final int OUR_FAULT = 500;

  private static final ErrorAnswer BADLY_ENCODED =
      ErrorAnswer.of(BAD_REQUEST, EdgeCode.INVALID_REQUEST, "the path or query is badly encoded");

  private final World world;
  private final Tally tally;

  Edge(World world, Tally tally) {
    this.world = world;
    this.tally = tally;
  }

  /// First for every request.
  void arrive(RoutingContext context) {
    var trace = Trace.fresh();
    Trace.set(trace);
    context.response().putHeader(REQUEST_ID, trace).putHeader("X-Content-Type-Options", "nosniff");
    long begun = world.nanos();
    context.addEndHandler(_ -> leave(context, begun));
    if (isDecodable(context)) {
      context.next();
    } else {
      fail(context, BADLY_ENCODED);
    }
  }

  /// The router would fail in the middle of looking for the path.
  private static boolean isDecodable(RoutingContext context) {
    try {
      return context.normalizedPath() != null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private void leave(RoutingContext context, long begun) {
    var request = context.request();
    long nanos = world.nanos() - begun;
    int status = context.response().getStatusCode();
    tally.request(request.method().name(), status, nanos);
    LOG.debug(
        "method={} path={} status={} micros={}",
        request.method(),
        request.path(),
        status,
        nanos / 1_000);
  }

  /// Lets only those through whom the route means.
  void admit(RoutingContext context, Route route) {
    var request = context.request();
    context.put(LIMIT, route.takes().limitBytes());
    try {
      if (route.access() == Route.Access.LOCAL) {
        if (!Callers.isLocal(request)) {
          throw Failure.of(
              FailureCode.AUTH_ERROR, "only programs on this machine may call without a token");
        }
        Callers.requireOurs(request.authority(), request.getHeader(HttpHeaders.ORIGIN));
      }
      context.next();
    } catch (Failure failure) {
      fail(context, ErrorAnswer.of(failure));
    }
  }

  /// Sends a request away whose body was not read, and with it its connection.
  void refuseUnread(RoutingContext context, Failure why) {
    fail(context, ErrorAnswer.of(why).header("Connection", "close"));
  }

  /// Answers a request to a path that is served, if by this method.
  void answer(RoutingContext context, Map<String, Route> byMethod) {
    var method = context.request().method().name();
    var route = byMethod.get(method.equals("HEAD") ? "GET" : method);
    if (route == null) {
      var allowed = String.join(", ", new TreeMap<>(byMethod).keySet());
      fail(
          context,
          ErrorAnswer.of(
                  METHOD_NOT_ALLOWED,
                  EdgeCode.INVALID_REQUEST,
                  method + " is not served at this path; " + allowed + " is")
              .with("allow", allowed)
              .header("Allow", allowed));
      return;
    }
    if (route.takes() == Route.Takes.JSON && !isJson(context)) {
      fail(
          context,
          ErrorAnswer.of(
              UNSUPPORTED_TYPE,
              EdgeCode.INVALID_REQUEST,
              "a body must be JSON and say so: add the header Content-Type: application/json"));
      return;
    }
    var asked = new Asked(context);
    attempt(route, asked)
        .onSuccess(reply -> send(context, reply))
        .onFailure(cause -> {
          var answer = told(context, asked.subject(), cause);
          fail(context, isUnread(context, route) ? answer.header("Connection", "close") : answer);
        });
  }

  private static boolean isUnread(RoutingContext context, Route route) {
    // By HTTP/2 a stream ends by itself, and that header is malformed.
    return route.takes() == Route.Takes.STREAM
        && !context.request().isEnded()
        && context.request().version() != HttpVersion.HTTP_2;
  }

  private static Future<Reply> attempt(Route route, Asked asked) {
    try {
      return route.answer().apply(asked);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private static boolean isJson(RoutingContext context) {
    if (context.body().length() <= 0) {
      return true;
    }
    var type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null) {
      return false;
    }
    int parameters = type.indexOf(';');
    var bare = (parameters < 0 ? type : type.substring(0, parameters)).strip();
    return bare.toLowerCase(Locale.ROOT).equals(JSON);
  }

  /// What a client did wrong is its own affair; what this node could not do stands in the log.
  private static ErrorAnswer told(
      RoutingContext context, Map<String, String> subject, Throwable cause) {
    // The query is decoded only when it is first asked for.
    if (cause instanceof HttpException http && http.getStatusCode() == BAD_REQUEST) {
      return BADLY_ENCODED;
    }
    var answer = ErrorAnswer.of(cause);
    if (answer.status() >= OUR_FAULT) {
      var event = answer.isUnexpected() ? LOG.atError().setCause(cause) : LOG.atWarn();
      for (var known : subject.entrySet()) {
        event = event.addKeyValue(known.getKey(), known.getValue());
      }
      var failure = Failure.from(cause);
      event
          .addKeyValue("code", failure.code())
          .log(
              "request failed method={} path={} status={}: {}",
              context.request().method(),
              context.request().path(),
              answer.status(),
              failure.text());
    }
    return answer;
  }

  /// A path nobody serves.
  void lost(RoutingContext context, Iterable<Route> routes) {
    var path = context.request().path();
    var served = new java.util.ArrayList<String>();
    routes.forEach(route -> served.add(route.path()));
    var near = String.join(", ", Nearest.to(path == null ? "" : path, served));
    fail(
        context,
        ErrorAnswer.of(
                NOT_FOUND, EdgeCode.NOT_FOUND, "nothing is served at this path; near: " + near)
            .with("what", "path")
            .with("nearest", near));
  }

  /// What the router itself refused.
  void refused(RoutingContext context) {
    switch (context.statusCode()) {
      case TOO_LARGE ->
          fail(
              context,
              ErrorAnswer.of(
                      TOO_LARGE,
                      EdgeCode.INVALID_REQUEST,
                      "a body may have at most " + context.get(LIMIT) + " bytes")
                  .with("limit_bytes", String.valueOf(context.<Long>get(LIMIT)))
                  .header("Connection", "close"));
      case BAD_REQUEST -> fail(context, BADLY_ENCODED);
      default -> {
        var cause = context.failure();
        var thrown = cause == null ? new IllegalStateException("router") : cause;
        fail(context, told(context, Map.of(), thrown));
      }
    }
  }

  private void send(RoutingContext context, Reply reply) {
    var response = context.response();
    if (response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(reply.status());
    switch (reply) {
      case Reply.Data(_, var data, var headers) -> {
        headers.forEach(response::putHeader);
        end(response, JSON, Envelope.success(data, world.clock().instant()).toBuffer());
      }
      case Reply.Bare(_, var body) -> end(response, JSON, body.toBuffer());
      case Reply.Text(_, var type, var text) -> end(response, type, Buffer.buffer(text));
      case Reply.Bytes(_, var bytes, var headers) -> {
        headers.forEach(response::putHeader);
        end(response, "application/octet-stream", bytes);
      }
      case Reply.Stream(_, var bytes, var headers) -> {
        headers.forEach(response::putHeader);
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream");
        response.putHeader("Cache-Control", "no-store");
        // What breaks off must not look as if it were whole.
        bytes
            .pipe()
            .endOnFailure(false)
            .to(response)
            .onFailure(cause -> {
              LOG.warn(
                  "answer broken off path={}: {}",
                  context.request().path(),
                  Failure.from(cause).text());
              bytes.cancel(Failure.of(FailureCode.CANCELLED, "the client went away"));
              context.request().connection().close();
            });
      }
    }
  }

  private void fail(RoutingContext context, ErrorAnswer error) {
    var response = context.response();
    if (response.ended() || response.closed()) {
      return;
    }
    end(response, error, error.body(world.clock().instant()));
  }

  /// Bytes that are not HTTP.
  void garbled(HttpServerRequest request) {
    var error =
        ErrorAnswer.of(
                BAD_REQUEST, EdgeCode.INVALID_REQUEST, "this could not be read as an HTTP request")
            .header("Connection", "close");
    var response = request.response();
    end(response, error, error.body(world.clock().instant()));
    request.connection().close();
  }

  private static void end(HttpServerResponse response, ErrorAnswer error, JsonObject body) {
    response.setStatusCode(error.status());
    error.headers().forEach(response::putHeader);
    end(response, JSON, body.toBuffer());
  }

  private static void end(HttpServerResponse response, String type, @Nullable Buffer body) {
    response.putHeader(HttpHeaders.CONTENT_TYPE, type).putHeader("Cache-Control", "no-store");
    var ended = body == null ? response.end() : response.end(body);
    ended.onFailure(cause -> LOG.debug("client went away", cause));
  }
}
