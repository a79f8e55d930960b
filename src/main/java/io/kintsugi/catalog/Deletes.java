package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.ObjectRows.BucketKey;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.Deleted;
import io.kintsugi.contract.CatalogContract.DeletedKey;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Deleting objects: the keys have no current version any more, and what they had is dead.
final class Deletes {
  private static final int KEYS_MAX = 1000;

  private static final String DELETE_HEADS =
      "DELETE FROM object WHERE bucket_id = $1 AND key = ANY($2::text[])";

  private final Db db;

  Deletes(Db db) {
    this.db = db;
  }

  Future<Deleted> delete(DeleteObjects question) {
    if (question.keys().size() > KEYS_MAX) {
      throw Ids.invalid("at most " + KEYS_MAX + " keys at once");
    }
    question.keys().forEach(key -> Ids.requireText("key", key.key()));
    Ids.requireText("bucket", question.bucket());
    // Not again once its COMMIT is on the way: by then the key may name an object stored since.
    return db.once(tx ->
        ObjectRows.lockBuckets(tx, Stream.of(question.bucket()))
            .compose(ids -> {
              var bucketId = ids.get(question.bucket());
              if (bucketId == null) {
                throw Ids.noBucket(question.bucket());
              }
              return deleteIn(tx, bucketId, question);
            }));
  }

  private static Future<Deleted> deleteIn(SqlConnection tx, int bucketId, DeleteObjects question) {
    var keys = question.keys().stream().map(key -> new BucketKey(question.bucket(), key.key()));
    return Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(keys))
        .compose(rows -> {
          Map<String, Head> heads = new HashMap<>();
          rows.forEach(row ->
              heads.put(
                  row.getString("key"),
                  new Head(row.getUUID("version_id"), row.getString("etag"))));
          return deleteHeads(tx, bucketId, question, heads);
        });
  }

  private static Future<Deleted> deleteHeads(
      SqlConnection tx, int bucketId, DeleteObjects question, Map<String, Head> heads) {
    var answers = new ArrayList<DeletedKey>();
    var keys = new ArrayList<String>();
    List<UUID> dead = new ArrayList<>();
    var tick = new Tick();
    for (var wish : question.keys()) {
      var head = heads.get(wish.key());
      var answer = decide(wish, head);
      answers.add(answer);
      if (answer.existed() && answer.failedCode() == null && head != null) {
        heads.remove(wish.key());
        keys.add(wish.key());
        dead.add(head.versionId());
        tick.change(
            "object-deleted",
            new FindObject(question.bucket(), wish.key(), Ids.hex(head.versionId())));
        tick.death(head.versionId());
      }
    }
    if (tick.isEmpty()) {
      return Future.succeededFuture(new Deleted(answers));
    }
    var gone = Db.run(tx, DELETE_HEADS, bucketId, keys.toArray(String[]::new));
    return Future.all(gone, Deaths.bury(tx, dead))
        .compose(_ -> tick.take(tx))
        .map(_ -> new Deleted(answers));
  }

  /// What is not there cannot be deleted, which is no error; a condition is judged all the same.
  static DeletedKey decide(DeleteKey wish, @Nullable Head head) {
    if (!CommitDecision.holds(wish.condition(), head == null ? null : head.etag())) {
      return new DeletedKey(wish.key(), head != null, FailureCode.PRECONDITION_FAILED.name());
    }
    var versionId = wish.versionId();
    boolean named =
        head != null && (versionId == null || versionId.equals(Ids.hex(head.versionId())));
    return new DeletedKey(wish.key(), named, null);
  }
}
