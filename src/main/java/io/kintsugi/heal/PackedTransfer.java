package io.kintsugi.heal;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ReadRecords;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsRead;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bytes of a batch: one question for each origin that is read, and one for each that is
/// written, which flushes all of it together.
final class PackedTransfer {
  private static final Logger LOG = LoggerFactory.getLogger(PackedTransfer.class);

  private final Bench bench;
  private final World world;

  /// Bytes of a segment's shard on their way to an origin.
  private record Outgoing(PackedItem item, Location to, Payload bytes) {}

  PackedTransfer(Bench bench) {
    this.bench = bench;
    world = bench.world();
  }

  /// Goes on with those whose copies could be built.
  Future<List<PackedItem>> read(List<PackedItem> items) {
    var byOrigin = new LinkedHashMap<String, List<PackedItem>>();
    for (var item : items) {
      byOrigin.computeIfAbsent(item.source.originId(), _ -> new ArrayList<>()).add(item);
    }
    var reads = new ArrayList<Future<Void>>();
    var bytes = new HashMap<PackedItem, byte[]>();
    byOrigin.forEach((origin, there) -> reads.add(read(origin, there, bytes)));
    return Future.all(reads).compose(_ -> world.compute(() -> build(items, bytes)));
  }

  private Future<Void> read(String origin, List<PackedItem> items, Map<PackedItem, byte[]> into) {
    var places = items.stream().map(item -> requireNonNull(item.source.packed())).toList();
    long sum = places.stream().mapToLong(place -> place.sizeBytes()).sum();
    var question = new ReadRecords(items.getFirst().source.incarnation(), places);
    return bench
        .turns()
        .take(origin, sum)
        .compose(_ -> world.bus().ask(OriginContract.READ_RECORDS.at(origin), question))
        .otherwise(cause -> {
          LOG.info("records not read origin={}: {}", origin, Failure.from(cause).text());
          return new RecordsRead(List.of());
        })
        .map(answer -> {
          for (int i = 0; i < answer.records().size(); i++) {
            var record = new byte[answer.records().get(i).sizeBytes()];
            answer.records().get(i).view().get(record);
            into.put(items.get(i), record);
          }
          return null;
        });
  }

  private List<PackedItem> build(List<PackedItem> items, Map<PackedItem, byte[]> bytes) {
    var built = new ArrayList<PackedItem>();
    for (var item : items) {
      var record = bytes.get(item);
      var copies =
          record == null
              ? null
              : PackedTask.rebuild(
                  item.segment, item.source.index(), record, item.lost, bench.keys());
      if (copies != null) {
        item.built = copies;
        built.add(item);
      }
    }
    return built;
  }

  /// Goes on with those whose copies are flushed.
  Future<List<PackedItem>> write(List<PackedItem> items, Map<String, OriginState> origins) {
    var byOrigin = new LinkedHashMap<String, List<Outgoing>>();
    for (var item : items) {
      if (item.repair.isBrokenOff()) {
        continue;
      }
      for (var at : item.lostPlaces()) {
        var origin = requireNonNull(origins.get(at.originId()));
        var attempt = bench.session().nextAttempt(item.repair.claim().owner());
        var to =
            new Location(
                at.index(), attempt, origin.id(), String.valueOf(origin.incarnation()), true);
        var bytes = Payload.of(requireNonNull(item.built.get(at.index())));
        byOrigin
            .computeIfAbsent(origin.id(), _ -> new ArrayList<>())
            .add(new Outgoing(item, to, bytes));
      }
      item.built = Map.of();
    }
    var writes = new ArrayList<Future<Void>>();
    byOrigin.forEach((origin, records) -> writes.add(write(origin, records)));
    return Future.all(writes)
        .map(_ -> items.stream().filter(item -> item.written.size() == item.lost.size()).toList());
  }

  private Future<Void> write(String origin, List<Outgoing> outgoing) {
    var records = new ArrayList<ShardRecord>();
    long sum = 0;
    for (var out : outgoing) {
      var name = PackedLooks.name(out.item().segment, out.to());
      records.add(new ShardRecord(name, out.bytes()));
      sum += out.bytes().sizeBytes();
    }
    var question = new WriteRecords(outgoing.getFirst().to().incarnation(), records);
    return bench
        .turns()
        .take(origin, sum)
        .compose(_ -> world.bus().ask(OriginContract.WRITE_RECORDS.at(origin), question))
        .otherwise(cause -> {
          LOG.info("records not written origin={}: {}", origin, Failure.from(cause).text());
          return new RecordsWritten(List.of());
        })
        .map(answer -> {
          for (int i = 0; i < outgoing.size(); i++) {
            written(outgoing.get(i), i < answer.records().size() ? answer.records().get(i) : null);
          }
          return null;
        });
  }

  private void written(Outgoing out, @Nullable RecordWritten record) {
    var to = out.to();
    if (record == null || record.failedCode() != null || record.packed() == null) {
      bench.session().release(to.attemptId());
      return;
    }
    out.item()
        .written
        .add(
            new Location(
                to.index(),
                to.attemptId(),
                to.originId(),
                to.incarnation(),
                true,
                record.packed()));
  }
}
