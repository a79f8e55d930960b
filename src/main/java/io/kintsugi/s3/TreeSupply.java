package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.ReadEntry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Files of a federated bucket, as objects. Their ETags stand for their versions.
record TreeSupply(World world) implements Supply {
  /// Whether every origin of the bucket has told what it has.
  static final String COMPLETE = "x-kintsugi-complete";

  /// The origins that have not.
  static final String SILENT = "x-kintsugi-silent-origins";

  @Override
  public Future<CatalogContract.ObjectHead> head(Exchange exchange, Operation.GetObject get) {
    requireNoVersion(get.versionId());
    return world
        .bus()
        .ask(TreeContract.FIND_ENTRY, new FindEntry(get.bucket(), get.key()))
        .map(found -> {
          announce(exchange, found.silent());
          var entry = found.entry();
          return new CatalogContract.ObjectHead(
              get.bucket(), get.key(), entry.etag(), info(entry), List.of(), null);
        });
  }

  @Override
  public Future<ObjectContract.Reading> open(Exchange exchange, ObjectContract.GetObject question) {
    requireNoVersion(question.versionId());
    return world
        .bus()
        .ask(
            TreeContract.READ_ENTRY,
            new ReadEntry(
                question.bucket(),
                question.key(),
                question.first(),
                question.last(),
                question.suffixBytes(),
                question.into()))
        .map(opened -> {
          announce(exchange, opened.silent());
          exchange.announce("x-kintsugi-served-from", opened.servedFrom());
          var entry = opened.entry();
          return new ObjectContract.Reading(
              entry.etag(), info(entry), opened.offset(), opened.lengthBytes(), null);
        });
  }

  static void requireNoVersion(@Nullable String versionId) {
    if (versionId != null && !versionId.equals("null")) {
      throw S3Error.of(ErrorCode.NO_SUCH_VERSION);
    }
  }

  static void announce(Exchange exchange, List<Silent> silent) {
    exchange.announce(COMPLETE, Boolean.toString(silent.isEmpty()));
    exchange.announce(
        SILENT,
        silent.isEmpty()
            ? null
            : silent.stream().map(Silent::originId).collect(Collectors.joining(",")));
  }

  static ObjectInfo info(Entry entry) {
    return new ObjectInfo(
        entry.stamp().sizeBytes(),
        entry.etag(),
        null,
        Map.of(),
        Map.of(),
        entry.stamp().modified());
  }
}
