package io.kintsugi.s3;

import static java.util.Objects.requireNonNull;

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

  record Kept(
      String versionId,
      ObjectInfo info,
      Buffer body,
      List<Long> partSizes,
      boolean marker,
      boolean nullVersion) {
    String anyId() {
      return nullVersion ? "null" : versionId;
    }

    byte[] bytes() {
      return body.getBytes();
    }
  }

  private final Map<String, CatalogContract.Bucket> buckets = new TreeMap<>();

  /// The versions of each key, the newest first; of a key without any there is no list.
  private final Map<String, Map<String, List<Kept>>> objects = new TreeMap<>();

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

  CatalogContract.Bucket change(CatalogContract.ChangeBucket change) {
    var old = bucket(change.name());
    var changed =
        new CatalogContract.Bucket(
            old.name(),
            old.layout(),
            old.bucketClass(),
            old.strategy(),
            old.onShortage(),
            null,
            old.created(),
            old.version() + 1,
            change.versioning());
    buckets.put(old.name(), changed);
    return changed;
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

  private Map<String, List<Kept>> in(String bucket) {
    var keys = objects.get(bucket);
    if (keys == null) {
      throw missing("bucket");
    }
    return keys;
  }

  Kept find(String bucket, String key, @Nullable String versionId) {
    var kept =
        in(bucket).getOrDefault(key, List.of()).stream()
            .filter(version -> versionId == null || version.anyId().equals(versionId))
            .findFirst()
            .orElseThrow(() -> missing(versionId == null ? "key" : "version"));
    if (kept.marker()) {
      throw new Failure(
          FailureCode.NOT_FOUND,
          "it is deleted",
          Map.of("what", versionId == null ? "key" : "delete-marker", "marker", kept.anyId()));
    }
    return kept;
  }

  @Nullable String publicId(String bucket, Kept kept) {
    return bucket(bucket).versioning() == null ? null : kept.anyId();
  }

  private @Nullable Kept current(String bucket, String key) {
    var versions = in(bucket).getOrDefault(key, List.of());
    return versions.isEmpty() || versions.getFirst().marker() ? null : versions.getFirst();
  }

  private void add(String bucket, String key, Kept kept) {
    var versions = in(bucket).computeIfAbsent(key, _ -> new ArrayList<>());
    if (kept.nullVersion()) {
      versions.removeIf(Kept::nullVersion);
    }
    versions.addFirst(kept);
  }

  Kept put(
      String bucket,
      String key,
      byte[] bytes,
      ObjectInfo info,
      List<Long> partSizes,
      Condition condition) {
    check(bucket, key, condition);
    boolean nullVersion = !"Enabled".equals(bucket(bucket).versioning());
    var kept = new Kept(freshId(), info, Buffer.buffer(bytes), partSizes, false, nullVersion);
    add(bucket, key, kept);
    return kept;
  }

  private String freshId() {
    return "%032x".formatted(++versions);
  }

  private void check(String bucket, String key, Condition condition) {
    var now = current(bucket, key);
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
    var kept = find(ask.bucket(), ask.key(), ask.versionId());
    return new CatalogContract.ObjectHead(
        ask.bucket(),
        ask.key(),
        kept.versionId(),
        kept.info(),
        kept.partSizes(),
        publicId(ask.bucket(), kept));
  }

  CatalogContract.Deleted delete(CatalogContract.DeleteObjects ask) {
    var outcomes = new ArrayList<CatalogContract.DeletedKey>();
    for (var delete : ask.keys()) {
      try {
        check(ask.bucket(), delete.key(), delete.condition());
        outcomes.add(delete(ask.bucket(), delete));
      } catch (Failure failure) {
        if (failure.is(FailureCode.NOT_FOUND)) {
          throw failure;
        }
        outcomes.add(new CatalogContract.DeletedKey(delete.key(), true, failure.code().name()));
      }
    }
    return new CatalogContract.Deleted(outcomes);
  }

  private CatalogContract.DeletedKey delete(String bucket, CatalogContract.DeleteKey wish) {
    var named = wish.versionId();
    var versioning = bucket(bucket).versioning();
    if (named == null && versioning != null) {
      var info = new ObjectInfo(0, "", null, Map.of(), Map.of(), Instant.now());
      boolean nullVersion = versioning.equals("Suspended");
      var marker = new Kept(freshId(), info, Buffer.buffer(), List.of(), true, nullVersion);
      add(bucket, wish.key(), marker);
      return new CatalogContract.DeletedKey(wish.key(), true, null, null, marker.anyId());
    }
    var versions = in(bucket).getOrDefault(wish.key(), new ArrayList<>());
    var dead =
        versions.stream()
            .filter(version -> named == null || version.anyId().equals(named))
            .findFirst();
    dead.ifPresent(versions::remove);
    if (versions.isEmpty()) {
      in(bucket).remove(wish.key());
    }
    return new CatalogContract.DeletedKey(
        wish.key(),
        dead.isPresent(),
        null,
        named,
        dead.filter(Kept::marker).map(Kept::anyId).orElse(null));
  }

  /// Whole keys only, whatever the page's length; the real catalog's pages are tried elsewhere.
  CatalogContract.VersionPage listVersions(CatalogContract.ListVersions ask) {
    var found = new ArrayList<CatalogContract.ListedVersion>();
    var prefixes = new TreeSet<String>(BY_BYTES);
    for (var entry : in(ask.bucket()).entrySet()) {
      var key = entry.getKey();
      var group = group(key, ask.prefix(), ask.delimiter());
      var after = ask.afterKey();
      var name = group == null ? key : group;
      if (!key.startsWith(ask.prefix()) || (after != null && BY_BYTES.compare(name, after) <= 0)) {
        continue;
      }
      if (group != null) {
        prefixes.add(group);
        continue;
      }
      if (!found.isEmpty() && found.size() >= ask.max()) {
        var last = found.getLast();
        return new CatalogContract.VersionPage(
            found, List.copyOf(prefixes), last.key(), last.publicId());
      }
      for (var kept : entry.getValue()) {
        found.add(
            new CatalogContract.ListedVersion(
                key,
                kept.anyId(),
                kept.versionId().equals(entry.getValue().getFirst().versionId()),
                kept.marker(),
                kept.info().sizeBytes(),
                kept.info().etag(),
                kept.info().created()));
      }
    }
    return new CatalogContract.VersionPage(found, List.copyOf(prefixes), null, null);
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
      var kept = current(ask.bucket(), key);
      boolean wanted =
          kept != null
              && key.startsWith(ask.prefix())
              && (after == null || BY_BYTES.compare(name, after) > 0)
              && !prefixes.contains(name);
      if (wanted) {
        if (found.size() + prefixes.size() == ask.max()) {
          return new CatalogContract.ObjectPage(found, List.copyOf(prefixes), last);
        }
        last = name;
        if (group == null) {
          var info = requireNonNull(kept).info();
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
