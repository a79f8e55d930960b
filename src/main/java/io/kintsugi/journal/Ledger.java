package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Counts what a rebuild would restore, without a catalog. Objects are remembered by a hash of
/// their name, and one of many versions that is deleted counts as the object: nothing but a person
/// reads these counts.
final class Ledger {
  private final Set<String> buckets = new HashSet<>();
  private final Map<Long, String> bucketNames = new HashMap<>();
  private final Set<Long> objects = new HashSet<>();
  private final Set<String> uploads = new HashSet<>();
  private final Set<String> origins = new HashSet<>();
  private final Set<String> policies = new HashSet<>();
  private long changes;

  void rows(List<SnapshotRow> rows) {
    rows.forEach(this::row);
  }

  private void row(SnapshotRow row) {
    var json = new JsonObject(row.rowJson());
    switch (row.table()) {
      case "bucket" -> {
        buckets.add(json.getString("name"));
        bucketNames.put(json.getLong("bucket_id"), json.getString("name"));
      }
      case "object" -> {
        if (!json.getBoolean("marker", false)) {
          var bucket = bucketNames.getOrDefault(json.getLong("bucket_id"), "");
          objects.add(key(bucket, json.getString("key")));
        }
      }
      case "upload" -> {
        if (json.getString("state").equals("open")) {
          uploads.add(json.getString("upload_id").replace("-", ""));
        }
      }
      case "origin" -> origins.add(json.getString("origin_id"));
      case "policy" -> policies.add(json.getString("name"));
      default -> {}
    }
  }

  void changes(List<Change> list) {
    list.forEach(this::change);
  }

  private void change(Change change) {
    changes++;
    var json = new JsonObject(change.bodyJson());
    switch (change.kind()) {
      case "bucket-created" -> buckets.add(json.getString("name"));
      case "bucket-deleted" -> buckets.remove(json.getString("name"));
      case "object-committed" -> objects.add(key(json));
      case "object-deleted", "marker-set" -> objects.remove(key(json));
      case "upload-created" -> uploads.add(json.getString("uploadId"));
      case "upload-aborted" -> uploads.remove(json.getString("uploadId"));
      case "upload-completed" -> {
        uploads.remove(json.getString("uploadId"));
        objects.add(key(json));
      }
      case "origin-saved" -> origins.add(json.getString("originId"));
      case "policy-saved" -> policies.add(json.getString("name"));
      default -> {}
    }
  }

  private static long key(JsonObject json) {
    return key(json.getString("bucket"), json.getString("key"));
  }

  private static long key(String bucket, String key) {
    return ((long) Objects.hash(bucket, key) << 32) | (key.hashCode() & 0xffff_ffffL);
  }

  Map<String, Long> counts() {
    return Map.of(
        "changes", changes,
        "buckets", (long) buckets.size(),
        "objects", (long) objects.size(),
        "open_uploads", (long) uploads.size(),
        "origins", (long) origins.size(),
        "policies", (long) policies.size());
  }
}
