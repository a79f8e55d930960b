package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Buckets and objects in memory, with the answers that the real catalog promises.
final class TwinCatalog {
  private static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  record Kept(String versionId, ObjectInfo info, Buffer body, List<Long> partSizes) {
    byte[] bytes() {
      return body.getBytes();
    }
  }

  private final Map<String, CatalogContract.Bucket> buckets = new TreeMap<>();
  private final Map<String, Map<String, Kept>> objects = new TreeMap<>();
  private long versions;

  static Failure missing(String what) {
    return Failure.of(FailureCode.NOT_FOUND, "there is no such " + what, "what", what);
  }

  CatalogContract.Bucket create(CatalogContract.CreateBucket create) {
    if (buckets.containsKey(create.name())) {
      throw Failure.of(FailureCode.CONFLICT, "it exists", "what", "bucket-exists");
    }
    var bucket =
        new CatalogContract.Bucket(
            create.name(),
            new Layout(1, 0),
            "standard",
            "RoundRobin",
            "degrade",
            null,
            Instant.now(),
            1);
    buckets.put(create.name(), bucket);
    objects.put(create.name(), new TreeMap<>(BY_BYTES));
    return bucket;
  }

  CatalogContract.Bucket bucket(String name) {
    var bucket = buckets.get(name);
    if (bucket == null) {
      throw missing("bucket");
    }
    return bucket;
  }

  CatalogContract.Buckets buckets() {
    return new CatalogContract.Buckets(List.copyOf(buckets.values()));
  }

  void deleteBucket(String name) {
    if (!in(name).isEmpty()) {
      throw Failure.of(FailureCode.CONFLICT, "not empty", "what", "bucket-not-empty");
    }
    buckets.remove(name);
    objects.remove(name);
  }

  Map<String, Kept> in(String bucket) {
    var keys = objects.get(bucket);
    if (keys == null) {
      throw missing("bucket");
    }
    return keys;
  }

  Kept find(String bucket, String key) {
    var kept = in(bucket).get(key);
    if (kept == null) {
      throw missing("key");
    }
    return kept;
  }

  Kept put(
      String bucket,
      String key,
      byte[] bytes,
      ObjectInfo info,
      List<Long> partSizes,
      Condition condition) {
    check(bucket, key, condition);
    var kept = new Kept("%032x".formatted(++versions), info, Buffer.buffer(bytes), partSizes);
    in(bucket).put(key, kept);
    return kept;
  }

  private void check(String bucket, String key, Condition condition) {
    var now = in(bucket).get(key);
    var match = condition.ifMatch();
    var none = condition.ifNoneMatch();
    if ((match != null && !matches(match, now)) || (none != null && matches(none, now))) {
      throw Failure.of(FailureCode.PRECONDITION_FAILED, "the condition does not hold");
    }
  }

  private static boolean matches(String etag, @Nullable Kept kept) {
    return kept != null && (etag.equals("*") || etag.equals(kept.info().etag()));
  }

  CatalogContract.ObjectHead head(CatalogContract.HeadObject ask) {
    var kept = find(ask.bucket(), ask.key());
    return new CatalogContract.ObjectHead(
        ask.bucket(), ask.key(), kept.versionId(), kept.info(), kept.partSizes());
  }

  CatalogContract.Deleted delete(CatalogContract.DeleteObjects ask) {
    var outcomes = new ArrayList<CatalogContract.DeletedKey>();
    for (var delete : ask.keys()) {
      try {
        check(ask.bucket(), delete.key(), delete.condition());
        boolean existed = in(ask.bucket()).remove(delete.key()) != null;
        outcomes.add(new CatalogContract.DeletedKey(delete.key(), existed, null));
      } catch (Failure failure) {
        if (failure.is(FailureCode.NOT_FOUND)) {
          throw failure;
        }
        outcomes.add(new CatalogContract.DeletedKey(delete.key(), true, failure.code().name()));
      }
    }
    return new CatalogContract.Deleted(outcomes);
  }

  CatalogContract.ObjectPage list(CatalogContract.ListObjects ask) {
    var found = new ArrayList<CatalogContract.ListedObject>();
    var prefixes = new TreeSet<String>(BY_BYTES);
    String last = null;
    for (var entry : in(ask.bucket()).entrySet()) {
      var key = entry.getKey();
      var group = group(key, ask.prefix(), ask.delimiter());
      var name = group == null ? key : group;
      var after = ask.after();
      boolean wanted =
          key.startsWith(ask.prefix())
              && (after == null || BY_BYTES.compare(name, after) > 0)
              && !prefixes.contains(name);
      if (wanted) {
        if (found.size() + prefixes.size() == ask.max()) {
          return new CatalogContract.ObjectPage(found, List.copyOf(prefixes), last);
        }
        last = name;
        if (group == null) {
          var kept = entry.getValue();
          var info = kept.info();
          found.add(
              new CatalogContract.ListedObject(
                  key, kept.versionId(), info.sizeBytes(), info.etag(), info.created()));
        } else {
          prefixes.add(group);
        }
      }
    }
    return new CatalogContract.ObjectPage(found, List.copyOf(prefixes), null);
  }

  private static @Nullable String group(String key, String prefix, @Nullable String delimiter) {
    if (delimiter == null || !key.startsWith(prefix)) {
      return null;
    }
    int at = key.indexOf(delimiter, prefix.length());
    return at < 0 ? null : key.substring(0, at + delimiter.length());
  }
}
