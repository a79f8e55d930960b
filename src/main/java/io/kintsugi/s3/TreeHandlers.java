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

/// Federated buckets as S3 clients see them: read-only, without versions, parts or tags.
final class TreeHandlers {
  private final World world;
  private final String region;
  private final ReadHandlers reads;

  TreeHandlers(World world, String region) {
    this.world = world;
    this.region = region;
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
              ErrorCode.NOT_IMPLEMENTED, "A federated bucket has neither versions nor uploads.");
      case Operation.CreateBucket _ -> throw S3Error.of(ErrorCode.BUCKET_ALREADY_OWNED_BY_YOU);
      default ->
          throw S3Error.of(
              ErrorCode.ACCESS_DENIED,
              "This bucket shows files of several origins and is read-only.");
    };
  }

  private Future<Tree> find(String bucket) {
    return world.bus().ask(TreeContract.GET_TREE, new GetTree(bucket));
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
