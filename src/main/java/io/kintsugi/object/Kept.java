package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.format.Geometry;
import io.kintsugi.kernel.Pure;

/// How a bucket's objects are kept, as its strategy and its layout come to.
@Pure
record Kept(Bucket bucket) {
  private static final String REPLICATED = "Replicated";
  private static final String BY_KEY = "ConsistentHash";

  static Kept of(Bucket bucket) {
    return new Kept(bucket);
  }

  /// Whether every origin is to have a whole copy, whatever the layout.
  boolean isEverywhere() {
    return bucket.strategy().equals(REPLICATED);
  }

  /// Whether the key says where something lies.
  boolean isByKey() {
    return bucket.strategy().equals(BY_KEY);
  }

  /// The widest geometry that a segment of this size may get.
  Geometry geometry(long sizeBytes) {
    return isEverywhere()
        ? new Geometry(1, Geometry.MAX_M)
        : new Geometry(bucket.layout().k(), bucket.layout().m()).forSize(sizeBytes);
  }
}
