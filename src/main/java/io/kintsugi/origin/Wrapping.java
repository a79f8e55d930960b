package io.kintsugi.origin;

import io.kintsugi.contract.Secrets;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Wrapped;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials of origins as the catalog keeps them: under the cluster key, each for its origin
/// alone.
final class Wrapping {
  private static final Logger LOG = LoggerFactory.getLogger(Wrapping.class);

  private final KeyRing keys;

  Wrapping(KeyRing keys) {
    this.keys = keys;
  }

  /// Null for none.
  @Nullable String close(String originId, Secrets secrets) {
    if (secrets.values().isEmpty()) {
      return null;
    }
    var json = new JsonObject();
    secrets.values().forEach(json::put);
    return Wrapped.wrap(keys, purpose(originId), json.encode().getBytes(StandardCharsets.UTF_8));
  }

  /// None, too, where they cannot be opened: the origin then says which are missing.
  Secrets open(String originId, @Nullable String wrapped) {
    if (wrapped == null) {
      return Secrets.NONE;
    }
    try {
      var plain = Wrapped.unwrap(keys, purpose(originId), wrapped);
      var values = new HashMap<String, String>();
      new JsonObject(new String(plain, StandardCharsets.UTF_8))
          .forEach(entry -> values.put(entry.getKey(), String.valueOf(entry.getValue())));
      return new Secrets(values);
    } catch (IllegalArgumentException e) {
      LOG.error("origin={} credentials cannot be opened: {}", originId, e.getMessage());
      return Secrets.NONE;
    }
  }

  private static String purpose(String originId) {
    return "origin/" + originId;
  }
}
