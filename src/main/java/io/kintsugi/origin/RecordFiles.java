package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/// Writes records as files of their own, for places that cannot let a file grow.
final class RecordFiles {
  private final Origin origin;

  RecordFiles(Origin origin) {
    this.origin = origin;
  }

  /// Done when the file and its name are flushed, or cannot be; never fails.
  Future<RecordWritten> write(String incarnation, ShardRecord record) {
    var name = ShardLook.parse(record.name());
    long begin = origin.world().nanos();
    return origin
        .open(() -> create(record), _ -> {})
        .compose(_ -> origin.flushLeaf(name.leaf()))
        .map(_ -> {
          origin.requireOurs(incarnation);
          origin.took(Operation.WRITE, origin.world().nanos() - begin);
          origin.wrote(record.bytes().sizeBytes() + PackRecord.GAP_BYTES);
          return new RecordWritten(null, null, null);
        })
        .recover(cause -> Future.succeededFuture(WaitingRecord.failed(failure(cause))));
  }

  private boolean create(ShardRecord record) throws DriverException {
    var bytes = record.bytes().view();
    try (var file = origin.driver().createNew(record.name())) {
      file.write(bytes.slice(0, ShardHeader.BYTES));
      file.write(ByteBuffer.allocate(PackRecord.GAP_BYTES));
      file.write(bytes.position(ShardHeader.BYTES));
      file.flush();
    }
    return true;
  }

  private Failure failure(Throwable cause) {
    var failure = origin.fail(Operation.WRITE, cause);
    if (!failure.is(FailureCode.NOT_FOUND)) {
      return failure;
    }
    // That the folder for a new file is not there says that the disk is not.
    origin.check();
    return origin.unavailable("has no place for shards");
  }
}
