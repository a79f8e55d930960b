package io.kintsugi.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kintsugi.web.Callers;
import io.kintsugi.web.Fields;
import io.kintsugi.web.JsonBody;
import io.kintsugi.web.Query;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One request, as a call sees it.
final class Asked {
  private final RoutingContext context;
  private final Map<String, String> subject = new LinkedHashMap<>();

  Asked(RoutingContext context) {
    this.context = context;
  }

  /// Names what the request is about, for the log: a `task`, `bucket` or `object`.
  void about(String field, String value) {
    subject.put(field, value);
  }

  /// What it is known to be about so far.
  Map<String, String> subject() {
    return subject;
  }

  /// The task whose id stands in the path.
  String task() {
    var id = part("id");
    about("task", id);
    return id;
  }

  /// The bucket whose name stands in the path.
  String bucket() {
    var name = part("name");
    about("bucket", name);
    return name;
  }

  /// A part of the path.
  String part(String name) {
    var value = context.pathParam(name);
    return value == null ? "" : value;
  }

  @Nullable String header(String name) {
    return context.request().getHeader(name);
  }

  boolean isLocal() {
    return Callers.isLocal(context.request());
  }

  <T> T query(Function<Query, T> reader) {
    return Query.read(context.queryParams(), reader);
  }

  /// Refuses any parameter.
  void noQuery() {
    Query.none(context.queryParams());
  }

  /// Reads the body, and refuses any parameter.
  <T> T body(Function<Fields, T> reader) {
    noQuery();
    return Fields.read(json(), reader);
  }

  /// Refuses any parameter and any field.
  void nothing() {
    body(_ -> true);
  }

  /// The body as it is; refuses any parameter.
  Buffer bytes() {
    noQuery();
    var buffer = context.body().buffer();
    return buffer == null ? Buffer.buffer() : buffer;
  }

  /// The body as it comes; to be called before anything else can happen.
  HttpServerRequest body() {
    return context.request().pause();
  }

  /// Whether only the headers of the answer are wanted.
  boolean isHead() {
    return context.request().method().equals(HttpMethod.HEAD);
  }

  private ObjectNode json() {
    Buffer buffer = context.body().buffer();
    return JsonBody.parse(buffer == null ? Buffer.buffer() : buffer);
  }
}
