package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Map;

/// Buckets themselves: made, found, listed, removed, and asked what they can do.
final class BucketHandlers {
  private static final int DOCUMENT_BYTES_MAX = 64 * 1024;
  private static final String DEFAULT_REGION = "us-east-1";

  private final World world;
  private final String region;
  private final Mounts mounts;

  BucketHandlers(World world, String region, Mounts mounts) {
    this.world = world;
    this.region = region;
    this.mounts = mounts;
  }

  Future<Void> list(Requested requested) {
    return world
        .bus()
        .ask(CatalogContract.LIST_BUCKETS, new CatalogContract.ListBuckets())
        .onSuccess(found -> {
          var xml = Xml.document("ListAllMyBucketsResult");
          ListingXml.owner(xml, "Owner");
          xml.open("Buckets");
          var made = mounts.all();
          for (var bucket : found.buckets()) {
            // The system's own begin with a dot: no S3 client could name them.
            if (!bucket.name().startsWith(".")) {
              made.put(bucket.name(), bucket.created());
            }
          }
          made.forEach((name, created) ->
              xml.open("Bucket").put("Name", name).put("CreationDate", created).close());
          requested.exchange().answer(200, xml);
        })
        .mapEmpty();
  }

  Future<Void> create(Requested requested, Operation.CreateBucket create) {
    if ("true".equalsIgnoreCase(requested.head().header("x-amz-bucket-object-lock-enabled"))) {
      throw S3Error.of(ErrorCode.NOT_IMPLEMENTED, "Object Lock is not implemented.");
    }
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, true)
        .compose(document ->
            world
                .bus()
                .ask(
                    CatalogContract.CREATE_BUCKET,
                    new CatalogContract.CreateBucket(
                        create.bucket(), null, null, Documents.location(document))))
        .onSuccess(_ -> requested.exchange().answer(200, Map.of("Location", "/" + create.bucket())))
        .mapEmpty();
  }

  Future<Void> head(Requested requested, String bucket) {
    return find(bucket)
        .onSuccess(_ -> requested.exchange().answer(200, Map.of("x-amz-bucket-region", region)))
        .mapEmpty();
  }

  Future<Void> location(Requested requested, String bucket) {
    return find(bucket)
        .onSuccess(_ -> requested.exchange().answer(200, locationXml(region)))
        .mapEmpty();
  }

  static Xml locationXml(String region) {
    var xml = Xml.document("LocationConstraint");
    return region.equals(DEFAULT_REGION) ? xml : xml.text(region);
  }

  Future<Void> delete(Requested requested, String bucket) {
    return world
        .bus()
        .ask(CatalogContract.DELETE_BUCKET, new CatalogContract.DeleteBucket(bucket))
        .onSuccess(_ -> requested.exchange().answer(204))
        .mapEmpty();
  }

  Future<Void> setting(Requested requested, Operation.GetBucketSetting get) {
    return find(get.bucket())
        .onSuccess(_ -> answer(requested.exchange(), get.setting(), false))
        .mapEmpty();
  }

  /// An object has no tags, so taking them off is done already.
  Future<Void> deleteTagging(Requested requested, Operation.DeleteObjectTagging delete) {
    return world
        .bus()
        .ask(
            CatalogContract.HEAD_OBJECT,
            new CatalogContract.HeadObject(delete.bucket(), delete.key(), delete.versionId()))
        .onSuccess(_ -> requested.exchange().answer(204))
        .mapEmpty();
  }

  private Future<CatalogContract.Bucket> find(String bucket) {
    return world.bus().ask(CatalogContract.GET_BUCKET, new CatalogContract.GetBucket(bucket));
  }

  static void answer(Exchange exchange, Operation.Setting setting, boolean ofObject) {
    if (setting == Operation.Setting.TAGGING && ofObject) {
      exchange.answer(200, Xml.document("Tagging").open("TagSet").close());
      return;
    }
    var document = setting.document();
    var absence = setting.absence();
    if (document == null) {
      exchange.fail(S3Error.of(absence == null ? ErrorCode.NOT_IMPLEMENTED : absence));
      return;
    }
    var xml = Xml.document(document);
    switch (setting) {
      case ACL -> acl(xml);
      case REQUEST_PAYMENT -> xml.put("Payer", "BucketOwner");
      default -> {}
    }
    exchange.answer(200, xml);
  }

  private static void acl(Xml xml) {
    ListingXml.owner(xml, "Owner");
    xml.open("AccessControlList").open("Grant").ownerAsGrantee();
    xml.put("Permission", "FULL_CONTROL").close().close();
  }
}
