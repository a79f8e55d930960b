package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// What is in a bucket, page by page, in each of the three ways to ask.
final class ListHandlers {
  private final World world;

  ListHandlers(World world) {
    this.world = world;
  }

  Future<Void> v1(Requested requested, Operation.ListObjectsV1 list) {
    return page(list.bucket(), list.window(), list.marker())
        .onSuccess(page -> requested.exchange().answer(200, ListingXml.v1(list, page)))
        .mapEmpty();
  }

  Future<Void> v2(Requested requested, Operation.ListObjectsV2 list) {
    var token = list.token();
    var after = token == null ? list.startAfter() : ListingXml.afterOf(token);
    return page(list.bucket(), list.window(), after)
        .onSuccess(page -> requested.exchange().answer(200, ListingXml.v2(list, page)))
        .mapEmpty();
  }

  Future<Void> versions(Requested requested, Operation.ListObjectVersions list) {
    var window = list.window();
    return world
        .bus()
        .ask(
            CatalogContract.LIST_VERSIONS,
            new CatalogContract.ListVersions(
                list.bucket(),
                window.prefix(),
                window.delimiter(),
                list.keyMarker(),
                list.versionMarker(),
                window.max()))
        .onSuccess(page -> requested.exchange().answer(200, ListingXml.versions(list, page)))
        .mapEmpty();
  }

  private Future<CatalogContract.ObjectPage> page(
      String bucket, Operation.Window window, @Nullable String after) {
    return world
        .bus()
        .ask(
            CatalogContract.LIST_OBJECTS,
            new CatalogContract.ListObjects(
                bucket, window.prefix(), window.delimiter(), after, window.max()));
  }
}
