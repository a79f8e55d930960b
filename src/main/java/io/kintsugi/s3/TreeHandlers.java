package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.EntryPage;
import io.kintsugi.contract.TreeContract.GetTree;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Federated buckets as S3 clients see them: without versions or tags, and written to only where
/// their trees say so.
final class TreeHandlers {
  private final World world;
  private final String region;
  private final ReadHandlers reads;
  private final TreeStores stores;
  private final TreeCopies copies;
  private final TreeUploads uploads;

  TreeHandlers(
      World world, String region, TreeStores stores, TreeCopies copies, TreeUploads uploads) {
    this.world = world;
    this.region = region;
    this.stores = stores;
    this.copies = copies;
    this.uploads = uploads;
    reads = new ReadHandlers(world, new TreeSupply(world));
  }

  Future<Void> handle(Requested requested, Operation operation) {
    return switch (operation) {
      case Operation.HeadBucket(var bucket) ->
          find(bucket)
              .onSuccess(
                  _ -> requested.exchange().answer(200, Map.of("x-amz-bucket-region", region)))
              .mapEmpty();
      case Operation.GetBucketLocation(var bucket) ->
          find(bucket)
              .onSuccess(_ -> requested.exchange().answer(200, BucketHandlers.locationXml(region)))
              .mapEmpty();
      case Operation.GetBucketVersioning(var bucket) ->
          find(bucket)
              .onSuccess(
                  _ -> requested.exchange().answer(200, Xml.document("VersioningConfiguration")))
              .mapEmpty();
      case Operation.GetBucketSetting get ->
          find(get.bucket())
              .onSuccess(_ -> BucketHandlers.answer(requested.exchange(), get.setting(), false))
              .mapEmpty();
      case Operation.GetObjectSetting get -> reads.setting(requested, get);
      case Operation.ListObjectsV1 list -> v1(requested, list);
      case Operation.ListObjectsV2 list -> v2(requested, list);
      case Operation.GetObject get -> reads.get(requested, get);
      case Operation.GetObjectAttributes get -> reads.attributes(requested, get);
      case Operation.ListObjectVersions _, Operation.ListUploads _ ->
          throw S3Error.of(
              ErrorCode.NOT_IMPLEMENTED, "A federated bucket lists neither versions nor uploads.");
      case Operation.PutObject put -> stores.put(requested, put);
      case Operation.CopyObject copy -> copies.object(requested, copy);
      case Operation.DeleteObject delete -> stores.delete(requested, delete);
      case Operation.DeleteObjects(var bucket) -> stores.deleteMany(requested, bucket);
      case Operation.CreateUpload create ->
          writable(create.bucket()).compose(_ -> uploads.create(requested, create));
      case Operation.UploadPart put -> uploads.part(requested, put);
      case Operation.UploadPartCopy copy -> uploads.partCopy(requested, copy);
      case Operation.CompleteUpload complete -> uploads.complete(requested, complete);
      case Operation.AbortUpload abort -> uploads.abort(requested, abort);
      case Operation.ListParts list -> uploads.list(requested, list);
      case Operation.CreateBucket _ -> throw S3Error.of(ErrorCode.BUCKET_ALREADY_OWNED_BY_YOU);
      default ->
          throw S3Error.of(
              ErrorCode.ACCESS_DENIED,
              "This bucket shows files of several origins; that cannot be done to it.");
    };
  }

  private Future<Tree> find(String bucket) {
    return world.bus().ask(TreeContract.GET_TREE, new GetTree(bucket));
  }

  /// Told before a part is sent.
  private Future<Tree> writable(String bucket) {
    return find(bucket)
        .map(tree -> {
          if (!tree.writes()) {
            throw S3Error.of(
                ErrorCode.ACCESS_DENIED,
                "This bucket shows files of several origins and is read-only.");
          }
          return tree;
        });
  }

  private Future<Void> v1(Requested requested, Operation.ListObjectsV1 list) {
    return page(requested, list.bucket(), list.window(), list.marker())
        .onSuccess(page -> requested.exchange().answer(200, ListingXml.v1(list, page)))
        .mapEmpty();
  }

  private Future<Void> v2(Requested requested, Operation.ListObjectsV2 list) {
    var token = list.token();
    var after = token == null ? list.startAfter() : ListingXml.afterOf(token);
    return page(requested, list.bucket(), list.window(), after)
        .onSuccess(page -> requested.exchange().answer(200, ListingXml.v2(list, page)))
        .mapEmpty();
  }

  private Future<CatalogContract.ObjectPage> page(
      Requested requested, String bucket, Operation.Window window, @Nullable String after) {
    return world
        .bus()
        .ask(
            TreeContract.LIST_ENTRIES,
            new ListEntries(bucket, window.prefix(), window.delimiter(), after, window.max()))
        .map(page -> {
          TreeSupply.announce(requested.exchange(), page.silent());
          return page(page);
        });
  }

  private static CatalogContract.ObjectPage page(EntryPage page) {
    return new CatalogContract.ObjectPage(
        page.entries().stream()
            .map(entry ->
                new CatalogContract.ListedObject(
                    entry.key(),
                    entry.etag(),
                    entry.stamp().sizeBytes(),
                    entry.etag(),
                    entry.stamp().modified()))
            .toList(),
        page.commonPrefixes(),
        page.next());
  }
}
