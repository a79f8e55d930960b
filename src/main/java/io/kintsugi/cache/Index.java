package io.kintsugi.cache;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which copies there are, and in which order they were last used.
final class Index {
  /// So many small copies fit into memory's share of it.
  private static final int MAX_COPIES = 200_000;

  /// A copy.
  ///
  /// @param told when its file was last told of its use
  record Copy(long fileBytes, Instant stored, Instant told) {}

  private final long limitBytes;
  private final LinkedHashMap<String, Copy> copies = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  Index(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  boolean has(String versionId) {
    return copies.containsKey(versionId);
  }

  /// The copy, which counts as used now.
  @Nullable Copy use(String versionId) {
    return copies.get(versionId);
  }

  void told(String versionId, Instant now) {
    copies.computeIfPresent(versionId, (_, copy) -> new Copy(copy.fileBytes(), copy.stored(), now));
  }

  void add(String versionId, Copy copy) {
    remove(versionId);
    copies.put(versionId, copy);
    bytes += copy.fileBytes();
  }

  void remove(String versionId) {
    var gone = copies.remove(versionId);
    if (gone != null) {
      bytes -= gone.fileBytes();
    }
  }

  /// Lets go of the longest unused until the rest fits; answers what has to go.
  List<String> evict() {
    var gone = new ArrayList<String>();
    var oldest = copies.entrySet().iterator();
    while ((bytes > limitBytes || copies.size() > MAX_COPIES) && oldest.hasNext()) {
      var next = oldest.next();
      gone.add(next.getKey());
      bytes -= next.getValue().fileBytes();
      oldest.remove();
    }
    return gone;
  }

  long bytes() {
    return bytes;
  }

  int size() {
    return copies.size();
  }
}
