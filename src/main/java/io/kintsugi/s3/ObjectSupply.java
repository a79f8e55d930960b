package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;

/// Objects that are kept as shards.
record ObjectSupply(World world) implements Supply {
  @Override
  public Future<CatalogContract.ObjectHead> head(Exchange exchange, Operation.GetObject get) {
    return world
        .bus()
        .ask(
            CatalogContract.HEAD_OBJECT,
            new CatalogContract.HeadObject(get.bucket(), get.key(), get.versionId()));
  }

  @Override
  public Future<ObjectContract.Reading> open(Exchange exchange, ObjectContract.GetObject question) {
    return world.bus().ask(ObjectContract.GET_OBJECT, question);
  }
}
