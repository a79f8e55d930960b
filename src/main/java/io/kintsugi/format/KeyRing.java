package io.kintsugi.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The cluster keys that a node knows: the one it writes with first, then older ones it still
/// reads.
public record KeyRing(List<ClusterKey> keys) {
  public KeyRing {
    keys = List.copyOf(keys);
    Text.require(!keys.isEmpty(), "a key ring holds at least one key");
  }

  public static KeyRing of(ClusterKey... keys) {
    return new KeyRing(List.of(keys));
  }

  public ClusterKey current() {
    return keys.getFirst();
  }

  /// The key of this id, or null if it is not known here.
  public @Nullable ClusterKey find(int keyId) {
    for (var key : keys) {
      if (key.keyId() == keyId) {
        return key;
      }
    }
    return null;
  }
}
