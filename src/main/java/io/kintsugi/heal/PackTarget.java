package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// A small shard, which goes out whole and shares a file with others; given up, it goes nowhere.
final class PackTarget extends Target {
  private final World world;
  private final String name;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  PackTarget(Bench bench, Location location, String name, ShardHeader header) {
    super(bench.turns(), location, header);
    world = bench.world();
    this.name = name;
    bytes.writeBytes(header.encode());
  }

  @Override
  Future<Void> send(byte[] piece) {
    bytes.writeBytes(piece);
    return Future.succeededFuture();
  }

  @Override
  Future<Void> seal(byte[] footer) {
    if (failure() != null) {
      return Future.succeededFuture();
    }
    bytes.writeBytes(footer);
    var record = new ShardRecord(name, Payload.of(bytes.toByteArray()));
    return world
        .bus()
        .ask(
            OriginContract.WRITE_RECORDS.at(location().originId()),
            new WriteRecords(location().incarnation(), List.of(record)))
        .<Void>map(answer -> {
          written(answer);
          return null;
        })
        .recover(cause -> {
          fail(Failure.from(cause));
          return Future.succeededFuture();
        });
  }

  private void written(RecordsWritten answer) {
    if (answer.records().size() != 1) {
      fail(Failure.of(FailureCode.INTERNAL_ERROR, "the origin answered something else"));
      return;
    }
    var record = answer.records().getFirst();
    if (record.failedCode() != null) {
      fail(Failure.of(FailureCode.UNAVAILABLE, record.failedCode() + ": " + record.failedText()));
      return;
    }
    var to = location();
    lies(
        new Location(
            to.index(),
            to.attemptId(),
            to.originId(),
            to.incarnation(),
            to.landed(),
            record.packed()));
  }

  @Override
  void abandon(Failure reason) {
    fail(reason);
  }
}
