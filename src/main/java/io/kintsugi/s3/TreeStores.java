package io.kintsugi.s3;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.contract.TreeWriteContract.DeleteEntries;
import io.kintsugi.contract.TreeWriteContract.DeleteEntry;
import io.kintsugi.contract.TreeWriteContract.DeletedEntries;
import io.kintsugi.contract.TreeWriteContract.DeletedEntry;
import io.kintsugi.contract.TreeWriteContract.PutEntry;
import io.kintsugi.contract.TreeWriteContract.StoredEntry;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Puts files into federated buckets and takes them away. A file has bytes, a name and a time:
/// content types and metadata are not kept, and it is said that they are not.
final class TreeStores {
  private static final int DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

  private final World world;
  private final StoreHandlers stores;

  TreeStores(World world, StoreHandlers stores) {
    this.world = world;
    this.stores = stores;
  }

  Future<Void> put(Requested requested, Operation.PutObject put) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    long size = requested.payloadBytes();
    tellUnkept(requested);
    return stores
        .store(
            requested,
            size,
            sink ->
                send(sink, put.bucket(), put.key(), size, Preconditions.ofTarget(head))
                    .map(stored -> stored.entry().etag()))
        .mapEmpty();
  }

  static void tellUnkept(Requested requested) {
    boolean metadata =
        requested.head().headers().keySet().stream().anyMatch(n -> n.startsWith("x-amz-meta-"));
    requested.exchange().announce("x-kintsugi-not-kept", metadata ? "metadata" : null);
  }

  Future<StoredEntry> send(
      BlobSink sink, String bucket, String key, long sizeBytes, Condition condition) {
    return world
        .bus()
        .askWhile(
            sink,
            TreeWriteContract.PUT_ENTRY,
            new PutEntry(bucket, key, sizeBytes, condition, sink.offer()));
  }

  Future<Void> delete(Requested requested, Operation.DeleteObject delete) {
    TreeSupply.requireNoVersion(delete.versionId());
    var match = requested.head().header("if-match");
    var condition = match == null ? Condition.NONE : new Condition(Preconditions.etag(match), null);
    return delete(delete.bucket(), List.of(new DeleteEntry(delete.key(), condition)))
        .compose(deleted -> {
          for (var outcome : deleted.entries()) {
            if (outcome.failedCode() != null) {
              return Future.failedFuture(error(outcome, outcome.failedCode()));
            }
          }
          requested.exchange().answer(204);
          return Future.succeededFuture();
        });
  }

  Future<Void> deleteMany(Requested requested, String bucket) {
    if (!requested.isProtected()) {
      throw S3Error.of(
          ErrorCode.INVALID_REQUEST, "Missing required header for this request: Content-MD5");
    }
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, true)
        .map(Documents::delete)
        .compose(document -> {
          var entries = new LinkedHashMap<String, DeleteEntry>();
          for (var key : document.keys()) {
            TreeSupply.requireNoVersion(key.versionId());
            entries.putIfAbsent(key.key(), new DeleteEntry(key.key(), key.condition()));
          }
          return delete(bucket, List.copyOf(entries.values()))
              .onSuccess(
                  deleted -> requested.exchange().answer(200, result(deleted, document.quiet())));
        })
        .mapEmpty();
  }

  private Future<DeletedEntries> delete(String bucket, List<DeleteEntry> entries) {
    return world.bus().ask(TreeWriteContract.DELETE_ENTRIES, new DeleteEntries(bucket, entries));
  }

  private static Xml result(DeletedEntries deleted, boolean quiet) {
    var xml = Xml.document("DeleteResult");
    for (var outcome : deleted.entries()) {
      var code = outcome.failedCode();
      if (code != null) {
        var error = error(outcome, code);
        xml.open("Error")
            .put("Key", outcome.key())
            .put("Code", error.code().word())
            .put("Message", error.text())
            .close();
      } else if (!quiet) {
        xml.open("Deleted").put("Key", outcome.key()).close();
      }
    }
    return xml;
  }

  private static S3Error error(DeletedEntry outcome, String code) {
    var text = outcome.failedText() == null ? "The file was not deleted." : outcome.failedText();
    var what = outcome.failedWhat();
    return S3Error.from(
        new Failure(
            FailureCode.valueOf(code), text, what == null ? Map.of() : Map.of("what", what)));
  }
}
