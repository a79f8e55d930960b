package io.kintsugi.node;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What clients of a node know of its objects: what they were told, and for a question that was not
/// answered both what was before and what it asked for. Once it was seen what became of it, that is
/// what they know.
final class Expected {
  /// The content of an object, as few words as stand for its bytes.
  record Content(long seed, List<Integer> sizes) {
    static final Content NONE = new Content(0, List.of());

    boolean isNone() {
      return sizes.isEmpty();
    }

    /// The bytes of one part, from 0.
    byte[] part(int number) {
      return Store.bytes(31 * seed + number, sizes.get(number));
    }

    byte[] whole() {
      var whole = new byte[sizes.stream().mapToInt(Integer::intValue).sum()];
      int at = 0;
      for (int i = 0; i < sizes.size(); i++) {
        System.arraycopy(part(i), 0, whole, at, sizes.get(i));
        at += sizes.get(i);
      }
      return whole;
    }
  }

  private final String bucket;
  private final Map<String, List<Content>> keys = new ConcurrentHashMap<>();

  Expected(String bucket) {
    this.bucket = bucket;
  }

  /// The question to make it so is on its way.
  void asked(String key, Content next) {
    keys.merge(
        key,
        List.of(Content.NONE, next),
        (before, _) -> {
          var both = new ArrayList<>(before);
          both.add(next);
          return List.copyOf(both);
        });
  }

  /// It was said to be so.
  void answered(String key, Content now) {
    keys.put(key, List.of(now));
  }

  Content only(String key) {
    return keys.getOrDefault(key, List.of(Content.NONE)).getFirst();
  }

  /// Keys under which something lies, as far as is known.
  List<String> present() {
    return keys.entrySet().stream()
        .filter(known -> !known.getValue().equals(List.of(Content.NONE)))
        .map(Map.Entry::getKey)
        .toList();
  }

  long unanswered() {
    return keys.values().stream().filter(contents -> contents.size() > 1).count();
  }

  int size() {
    return keys.size();
  }

  /// Reads everything; what is not as it may be.
  List<String> wrong(Store store) {
    return wrong(store, "");
  }

  /// Reads everything of a bucket that others use as well.
  ///
  /// @param prefix of the keys that nobody else puts
  List<String> wrong(Store store, String prefix) {
    var wrong = new ArrayList<String>();
    var listed = new TreeSet<String>();
    store
        .client()
        .listObjectsV2Paginator(b -> b.bucket(bucket).prefix(prefix))
        .contents()
        .forEach(object -> listed.add(object.key()));
    keys.forEach((key, allowed) -> {
      if (allowed.equals(List.of(Content.NONE)) && !listed.contains(key)) {
        return;
      }
      var found = store.find(bucket, key);
      if (listed.remove(key) != (found != null)) {
        wrong.add(key + " is " + (found == null ? "" : "not ") + "in the listing");
      }
      var seen = allowed.stream().filter(content -> isSame(content, found)).findFirst();
      seen.ifPresentOrElse(
          content -> keys.put(key, List.of(content)),
          () ->
              wrong.add(
                  key
                      + (found == null ? " is gone" : " has other bytes: " + found.length)
                      + ", allowed: "
                      + allowed));
    });
    listed.forEach(key -> wrong.add(key + " was never put"));
    return wrong;
  }

  private static boolean isSame(Content content, byte @Nullable [] found) {
    return found == null
        ? content.isNone()
        : !content.isNone() && Arrays.equals(content.whole(), found);
  }
}
