package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The OpenAPI document, and whether an answer is as it says.
final class Described {
  private final JsonObject document;

  Described(JsonObject document) {
    this.document = document;
  }

  /// `GET /path` of every operation.
  Set<String> operations() {
    var operations = new LinkedHashSet<String>();
    var paths = document.getJsonObject("paths");
    for (var path : paths.fieldNames()) {
      for (var method : paths.getJsonObject(path).fieldNames()) {
        operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path);
      }
    }
    return operations;
  }

  JsonObject operation(String method, String path) {
    return document
        .getJsonObject("paths")
        .getJsonObject(path)
        .getJsonObject(method.toLowerCase(java.util.Locale.ROOT));
  }

  void holds(String method, String path, int status, JsonObject body) {
    var responses = operation(method, path).getJsonObject("responses");
    var response =
        responses.getJsonObject(Integer.toString(status), responses.getJsonObject("default"));
    var schema =
        resolved(response)
            .getJsonObject("content")
            .getJsonObject("application/json")
            .getJsonObject("schema");
    check(method + " " + path, schema, body);
  }

  private JsonObject resolved(JsonObject schema) {
    var ref = schema.getString("$ref");
    if (ref == null) {
      return schema;
    }
    var found = document;
    for (var step : List.of(ref.substring(2).split("/"))) {
      found = found.getJsonObject(step);
    }
    return found;
  }

  private void check(String where, JsonObject raw, @Nullable Object value) {
    var schema = resolved(raw);
    var either = schema.getJsonArray("anyOf");
    if (either != null) {
      check(where, either.getJsonObject(value == null ? 1 : 0), value);
      return;
    }
    if (schema.containsKey("const")) {
      assertThat(value).as(where).isEqualTo(schema.getValue("const"));
    }
    if (schema.containsKey("enum")) {
      assertThat(schema.getJsonArray("enum").stream().toList()).as(where).contains(value);
    }
    if (schema.containsKey("type")) {
      var type = schema.getValue("type");
      var types = type instanceof JsonArray several ? several.stream().toList() : List.of(type);
      assertThat(
              types.contains(kind(value)) || (types.contains("number") && value instanceof Integer))
          .as("%s: %s is one of %s", where, value, types)
          .isTrue();
    }
    if (value instanceof JsonArray array && schema.containsKey("items")) {
      array.forEach(entry -> check(where + "[]", schema.getJsonObject("items"), entry));
    }
    if (value instanceof JsonObject object) {
      checkFields(where, schema, object);
    }
  }

  private void checkFields(String where, JsonObject schema, JsonObject object) {
    var properties = schema.getJsonObject("properties", new JsonObject());
    schema
        .getJsonArray("required", new JsonArray())
        .forEach(name -> assertThat(object.fieldNames()).as(where).contains((String) name));
    var more = schema.getValue("additionalProperties");
    for (var name : object.fieldNames()) {
      if (properties.containsKey(name)) {
        check(where + "." + name, properties.getJsonObject(name), object.getValue(name));
      } else if (more instanceof JsonObject all) {
        check(where + "." + name, all, object.getValue(name));
      } else {
        assertThat(more).as("%s.%s is described", where, name).isNotEqualTo(false);
      }
    }
  }

  private static String kind(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String _ -> "string";
      case Boolean _ -> "boolean";
      case Integer _, Long _ -> "integer";
      case Number _ -> "number";
      case JsonArray _ -> "array";
      default -> "object";
    };
  }
}
