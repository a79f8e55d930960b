package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// A little of S3 in this process, for answers that no real server gives when it is asked to.
final class FakeS3 implements AutoCloseable {
  static final String ACCESS_KEY = "AKIDTELLNOBODY";
  static final String SECRET_KEY = "ThisIsTheSecretThatNobodyMaySee";

  /// What was asked: method, path and query.
  final List<String> asked = new CopyOnWriteArrayList<>();

  final Map<String, Buffer> objects = new ConcurrentSkipListMap<>();

  /// Answers in place of this server where it says true.
  volatile Predicate<HttpServerRequest> first = _ -> false;

  private final HttpServer server;

  FakeS3(Vertx vertx) {
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(this::handle);
    await(server.listen());
    objects.put("p/.kintsugi", Buffer.buffer("root"));
    objects.put("p/objects/.kintsugi", Buffer.buffer());
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  S3Settings settings() {
    return S3Settings.of(endpoint(), "b", "p/", new Secret(ACCESS_KEY), new Secret(SECRET_KEY));
  }

  static void answer(HttpServerRequest request, int status, String body) {
    var response = request.response().setStatusCode(status);
    response.putHeader("content-type", "application/xml");
    if (request.method().name().equals("HEAD")) {
      response.end();
    } else {
      response.end(body);
    }
  }

  static void error(HttpServerRequest request, int status, String code) {
    answer(
        request,
        status,
        "<Error><Code>"
            + code
            + "</Code><Message>no, "
            + ACCESS_KEY
            + "</Message><AWSAccessKeyId>"
            + ACCESS_KEY
            + "</AWSAccessKeyId></Error>");
  }

  private void handle(HttpServerRequest request) {
    asked.add(request.method() + " " + request.uri());
    request.response().exceptionHandler(_ -> {});
    if (!first.test(request)) {
      var key = String.valueOf(request.path()).replaceFirst("^/b/?", "");
      switch (request.method().name()) {
        case "PUT" -> put(request, key);
        case "POST" -> post(request, key);
        case "DELETE" -> {
          objects.remove(key);
          request.response().setStatusCode(204).end();
        }
        default -> get(request, key);
      }
    }
  }

  private void post(HttpServerRequest request, String key) {
    request
        .body()
        .onSuccess(_ -> {
          if (request.getParam("uploads") == null) {
            objects.put(key, Buffer.buffer("joined"));
          }
          answer(request, 200, "<R><UploadId>u1</UploadId><ETag>\"e-1\"</ETag></R>");
        });
  }

  private void put(HttpServerRequest request, String key) {
    request
        .body()
        .onSuccess(body -> {
          var source = request.getHeader("x-amz-copy-source");
          boolean part = request.getParam("partNumber") != null;
          if ("*".equals(request.getHeader("if-none-match")) && objects.containsKey(key)) {
            error(request, 412, "PreconditionFailed");
            return;
          }
          var content =
              source == null
                  ? body
                  : objects.getOrDefault(source.substring("/b/".length()), Buffer.buffer());
          if (!part) {
            objects.put(key, content);
          }
          request.response().putHeader("etag", etag(content));
          answer(request, 200, "<R><ETag>\"x\"</ETag></R>");
        });
  }

  static String etag(Buffer content) {
    return "\"" + HexFormat.of().formatHex(S3Request.digest("MD5", content.getBytes())) + "\"";
  }

  private void get(HttpServerRequest request, String key) {
    if (key.isEmpty()) {
      list(request);
      return;
    }
    var content = objects.get(key);
    if (content == null) {
      error(request, 404, "NoSuchKey");
      return;
    }
    var response = request.response().putHeader("etag", etag(content));
    if (request.method().name().equals("HEAD")) {
      response.putHeader("content-length", Integer.toString(content.length())).end();
      return;
    }
    var range = request.getHeader("range");
    if (range == null) {
      response.end(content);
      return;
    }
    var ends = range.substring("bytes=".length()).split("-", -1);
    int from = Integer.parseInt(ends[0]);
    int to = Math.min(content.length(), Integer.parseInt(ends[1]) + 1);
    response.setStatusCode(206).end(content.getBuffer(from, to));
  }

  private void list(HttpServerRequest request) {
    var xml = new StringBuilder("<ListBucketResult>");
    var prefix = request.getParam("prefix");
    new TreeMap<>(objects)
        .forEach((key, content) -> {
          if (prefix == null || key.startsWith(prefix)) {
            xml.append("<Contents><Key>").append(key).append("</Key><Size>");
            xml.append(content.length()).append("</Size></Contents>");
          }
        });
    answer(request, 200, xml.append("</ListBucketResult>").toString());
  }

  @Override
  public void close() {
    await(server.close());
  }
}
