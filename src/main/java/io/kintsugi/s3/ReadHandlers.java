package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives objects out, or their heads.
final class ReadHandlers {
  /// How often a read starts again because the object changed between its head and its bytes.
  private static final int TRIES_MAX = 3;

  /// What is to be read.
  ///
  /// @param ofVersion the version that the range was computed for, or null if for any
  /// @param parts how many parts the object has, where the range is one of them
  private record Plan(
      Operation.GetObject get,
      @Nullable ByteRange range,
      @Nullable String ofVersion,
      @Nullable Integer parts) {}

  private final World world;
  private final Supply supply;

  ReadHandlers(World world, Supply supply) {
    this.world = world;
    this.supply = supply;
  }

  Future<Void> get(Requested requested, Operation.GetObject get) {
    if (get.headOnly()) {
      return find(requested, get).map(found -> head(requested, get, found)).mapEmpty();
    }
    return read(requested, get, 1);
  }

  Future<Void> attributes(Requested requested, Operation.GetObjectAttributes get) {
    var plain = new Operation.GetObject(get.bucket(), get.key(), get.versionId(), null, true);
    return find(requested, plain)
        .onSuccess(found -> {
          var info = found.info();
          var xml =
              Xml.document("GetObjectAttributesResponse")
                  .put("ETag", info.etag())
                  .put("StorageClass", "STANDARD")
                  .put("ObjectSize", info.sizeBytes());
          if (!found.partSizes().isEmpty()) {
            xml.open("ObjectParts").put("PartsCount", found.partSizes().size()).close();
          }
          var exchange = requested.exchange();
          exchange.response().putHeader("Last-Modified", HttpText.date(info.created()));
          exchange.announce(StoreHandlers.VERSION_ID, found.publicId());
          exchange.answer(200, xml);
        })
        .mapEmpty();
  }

  /// What clients ask of an object to find out what a storage can do.
  Future<Void> setting(Requested requested, Operation.GetObjectSetting get) {
    var plain = new Operation.GetObject(get.bucket(), get.key(), get.versionId(), null, true);
    return find(requested, plain)
        .onSuccess(_ -> BucketHandlers.answer(requested.exchange(), get.setting(), true))
        .mapEmpty();
  }

  private Future<CatalogContract.ObjectHead> find(Requested requested, Operation.GetObject get) {
    return supply.head(requested.exchange(), get);
  }

  private Future<Void> read(Requested requested, Operation.GetObject get, int attempt) {
    var range = ByteRange.parse(requested.head().header("range"));
    boolean headFirst =
        get.partNumber() != null || (range != null && requested.head().header("if-range") != null);
    var plan =
        headFirst
            ? find(requested, get).map(found -> plan(requested.head(), get, range, found))
            : Future.succeededFuture(new Plan(get, range, null, null));
    return plan.compose(ready -> open(requested, ready, attempt));
  }

  private static Plan plan(
      RequestHead head,
      Operation.GetObject get,
      @Nullable ByteRange range,
      CatalogContract.ObjectHead found) {
    var number = get.partNumber();
    if (number != null) {
      var part = part(found.partSizes(), found.info().sizeBytes(), number);
      int parts = found.partSizes().size();
      return new Plan(get, part, found.versionId(), parts == 0 ? null : Integer.valueOf(parts));
    }
    return new Plan(get, stillHolds(head, found.info()) ? range : null, found.versionId(), null);
  }

  /// The range of a part; null where that is the whole of an object without bytes.
  private static @Nullable ByteRange part(List<Long> sizes, long sizeBytes, int number) {
    if (number > Math.max(1, sizes.size())) {
      throw S3Error.of(ErrorCode.INVALID_PART_NUMBER);
    }
    long offset = sizes.stream().limit(number - 1L).mapToLong(Long::longValue).sum();
    long length = sizes.isEmpty() ? sizeBytes : sizes.get(number - 1);
    return length == 0 ? null : new ByteRange(offset, offset + length - 1, null);
  }

  /// Whether If-Range names the object as it is.
  private static boolean stillHolds(RequestHead head, ObjectInfo info) {
    var text = head.header("if-range");
    if (text == null) {
      return true;
    }
    var date = Signature.httpDate(text);
    return date == null
        ? Preconditions.etag(text).equals(info.etag())
        : HttpText.date(info.created()).equals(text.strip());
  }

  private Future<Void> open(Requested requested, Plan plan, int attempt) {
    var exchange = requested.exchange();
    var source = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    source.pause();
    exchange.onGone(() -> source.cancel(Failure.of(FailureCode.CANCELLED, "the client went away")));
    var get = plan.get();
    var range = plan.range();
    var question =
        new ObjectContract.GetObject(
            get.bucket(),
            get.key(),
            get.versionId(),
            range == null ? null : range.first(),
            range == null ? null : range.last(),
            range == null ? null : range.suffixBytes(),
            source.ticket());
    return supply
        .open(exchange, question)
        .onFailure(cause -> source.cancel(Failure.from(cause)))
        .compose(reading -> {
          var version = plan.ofVersion();
          if (version == null || version.equals(reading.versionId())) {
            begin(requested, plan, reading, source);
            return Future.succeededFuture();
          }
          source.cancel(Failure.of(FailureCode.CANCELLED, "the object changed meanwhile"));
          return attempt < TRIES_MAX
              ? read(requested, get, attempt + 1)
              : Future.failedFuture(S3Error.of(ErrorCode.OPERATION_ABORTED));
        });
  }

  private static void begin(
      Requested requested, Plan plan, ObjectContract.Reading reading, BlobSource source) {
    var exchange = requested.exchange();
    exchange.announce(StoreHandlers.VERSION_ID, reading.publicId());
    var verdict = Preconditions.of(requested.head(), "").judge(reading.info());
    if (verdict != Preconditions.Verdict.GO_ON) {
      source.cancel(Failure.of(FailureCode.CANCELLED, "a precondition does not hold"));
      refuse(exchange, verdict, reading.info());
      return;
    }
    var slice = new ByteRange.Slice(reading.offset(), reading.lengthBytes());
    var headers = headers(requested.head(), reading.info(), plan.range() != null, slice);
    if (plan.parts() != null) {
      headers.put("x-amz-mp-parts-count", plan.parts().toString());
    }
    if (reading.copied() != null) {
      headers.put("x-kintsugi-served-from", "cache");
      headers.put("x-kintsugi-cached-at", HttpText.date(reading.copied()));
    }
    new Download(exchange, source, plan.range() == null ? 200 : 206, headers, slice.lengthBytes())
        .start();
  }

  private static Void head(
      Requested requested, Operation.GetObject get, CatalogContract.ObjectHead found) {
    var exchange = requested.exchange();
    var info = found.info();
    exchange.announce(StoreHandlers.VERSION_ID, found.publicId());
    var verdict = Preconditions.of(requested.head(), "").judge(info);
    if (verdict != Preconditions.Verdict.GO_ON) {
      refuse(exchange, verdict, info);
      return null;
    }
    var plan =
        plan(requested.head(), get, ByteRange.parse(requested.head().header("range")), found);
    var range = plan.range();
    var slice =
        range == null ? new ByteRange.Slice(0, info.sizeBytes()) : range.within(info.sizeBytes());
    var headers = headers(requested.head(), info, range != null, slice);
    headers.put("content-length", Long.toString(slice.lengthBytes()));
    if (plan.parts() != null) {
      headers.put("x-amz-mp-parts-count", plan.parts().toString());
    }
    exchange.answer(range == null ? 200 : 206, headers);
    return null;
  }

  private static Map<String, String> headers(
      RequestHead head, ObjectInfo info, boolean partial, ByteRange.Slice slice) {
    var headers = new LinkedHashMap<>(ObjectHeaders.of(info, head));
    if (partial) {
      long last = slice.offset() + slice.lengthBytes() - 1;
      headers.put("content-range", "bytes " + slice.offset() + "-" + last + "/" + info.sizeBytes());
    }
    return headers;
  }

  private static void refuse(Exchange exchange, Preconditions.Verdict verdict, ObjectInfo info) {
    if (verdict == Preconditions.Verdict.NOT_MODIFIED) {
      exchange.answer(304, ObjectHeaders.validators(info));
    } else {
      exchange.fail(S3Error.of(ErrorCode.PRECONDITION_FAILED));
    }
  }
}
