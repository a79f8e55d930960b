package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a request says before its body, as plain text.
///
/// @param path decoded; begins with a slash
/// @param params of the query, decoded, in the order of the request
/// @param headers names in lower case; several of one name are joined by commas
@Pure
record RequestHead(String method, String path, List<Param> params, Map<String, String> headers) {
  record Param(String name, String value) {}

  RequestHead {
    params = List.copyOf(params);
    headers = Map.copyOf(headers);
  }

  /// Reads a request line and headers as they came over the wire.
  static RequestHead of(
      String method, String target, Iterable<? extends Map.Entry<String, String>> headers) {
    var uri = withoutAuthority(target);
    int mark = uri.indexOf('?');
    var path = mark < 0 ? uri : uri.substring(0, mark);
    var query = mark < 0 ? "" : uri.substring(mark + 1);
    var byName = new LinkedHashMap<String, String>();
    for (var header : headers) {
      byName.merge(
          header.getKey().toLowerCase(Locale.ROOT),
          text(header.getValue()),
          (first, next) -> first + "," + next);
    }
    return new RequestHead(method, UriText.decode(path, false), params(query), byName);
  }

  private static String withoutAuthority(String target) {
    int scheme = target.indexOf("://");
    if (target.startsWith("/") || scheme < 0) {
      return target.startsWith("/") ? target : "/" + target;
    }
    int slash = target.indexOf('/', scheme + 3);
    return slash < 0 ? "/" : target.substring(slash);
  }

  private static List<Param> params(String query) {
    var params = new ArrayList<Param>();
    for (var pair : query.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        var name = equals < 0 ? pair : pair.substring(0, equals);
        var value = equals < 0 ? "" : pair.substring(equals + 1);
        params.add(new Param(UriText.decode(name, true), UriText.decode(value, true)));
      }
    }
    return params;
  }

  /// Header bytes arrive one per char; where they are UTF-8 they are read as such.
  private static String text(String value) {
    if (value.chars().allMatch(c -> c < 0x80)) {
      return value;
    }
    try {
      var bytes = value.getBytes(StandardCharsets.ISO_8859_1);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return value;
    }
  }

  @Nullable String header(String name) {
    return headers.get(name);
  }

  @Nullable String param(String name) {
    for (var param : params) {
      if (param.name().equals(name)) {
        return param.value();
      }
    }
    return null;
  }

  boolean has(String param) {
    return param(param) != null;
  }

  /// The same request with the headers that a presigned URL carries in its query.
  RequestHead withHoistedHeaders() {
    var all = new LinkedHashMap<>(headers);
    for (var param : params) {
      var name = param.name().toLowerCase(Locale.ROOT);
      if (name.startsWith("x-amz-") && !Signature.isOwnParam(name)) {
        all.putIfAbsent(name, param.value());
      }
    }
    return new RequestHead(method, path, params, all);
  }
}
