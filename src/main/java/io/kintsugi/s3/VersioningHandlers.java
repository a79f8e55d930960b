package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;

/// Whether a bucket keeps versions: asked, and set.
final class VersioningHandlers {
  private static final int DOCUMENT_BYTES_MAX = 64 * 1024;

  private final World world;

  VersioningHandlers(World world) {
    this.world = world;
  }

  Future<Void> get(Requested requested, String bucket) {
    return world
        .bus()
        .ask(CatalogContract.GET_BUCKET, new CatalogContract.GetBucket(bucket))
        .onSuccess(found ->
            requested
                .exchange()
                .answer(
                    200, Xml.document("VersioningConfiguration").put("Status", found.versioning())))
        .mapEmpty();
  }

  Future<Void> put(Requested requested, String bucket) {
    if (requested.head().header("x-amz-mfa") != null) {
      throw Documents.noMfaDelete();
    }
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, true)
        .map(Documents::versioning)
        .compose(word ->
            world
                .bus()
                .ask(
                    CatalogContract.CHANGE_BUCKET,
                    new CatalogContract.ChangeBucket(bucket, null, null, null, null, null, word)))
        .onSuccess(_ -> requested.exchange().answer(200))
        .mapEmpty();
  }
}
