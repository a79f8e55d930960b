package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.ObjectContract;
import io.vertx.core.Future;

/// Where the objects of a bucket come from.
interface Supply {
  Future<CatalogContract.ObjectHead> head(Exchange exchange, Operation.GetObject get);

  Future<ObjectContract.Reading> open(Exchange exchange, ObjectContract.GetObject question);
}
