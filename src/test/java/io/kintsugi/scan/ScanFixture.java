package io.kintsugi.scan;

import io.kintsugi.contract.Layout;
import io.kintsugi.format.WriteId;
import io.kintsugi.twin.Disk;
import io.kintsugi.twin.StoredSegment;
import java.util.stream.IntStream;

/// Segments to look at.
final class ScanFixture {
  private ScanFixture() {}

  /// Shard i lies on the i-th of the disks `disk-a`, `disk-b`, ...; every 256 counters share a
  /// leaf.
  static StoredSegment segment(String bucket, Layout layout, int sizeBytes, long counter) {
    var origins =
        IntStream.range(0, layout.shards()).mapToObj(i -> "disk-" + (char) ('a' + i)).toList();
    return StoredSegment.make(
        new WriteId(0x1000, counter),
        bucket,
        "key-" + counter,
        layout,
        sizeBytes,
        origins,
        Disk.INCARNATION);
  }
}
