package io.kintsugi.twin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExtentEnd;
import io.kintsugi.contract.OriginContract.Leaves;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.Packs;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.OriginContract.ReadRecords;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsRead;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.ShardOpened;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.contract.OriginContract.VerifyRecords;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// The origin feature, in memory.
public final class OriginsTwin {
  private static final int PIECE_BYTES = 100_000;

  /// A question for an extent, and whom it was put to.
  public record Look(String originId, VerifyExtent question) {}

  public final Map<String, Disk> disks = new TreeMap<>();

  /// A question for shards of a pack, and whom it was put to.
  public record PackLook(String originId, VerifyRecords question) {}

  public final List<PackLook> packLooks = new CopyOnWriteArrayList<>();

  /// Who was asked for its packs.
  public final List<String> packLists = new CopyOnWriteArrayList<>();

  /// Called before a look at shards of a pack begins.
  public volatile Consumer<PackLook> beforePackLook = _ -> {};

  public final List<Look> looks = new CopyOnWriteArrayList<>();
  public final List<String> verified = new CopyOnWriteArrayList<>();

  /// Leaves and packs whose looks never end.
  public final Map<String, Boolean> stuckLeaves = new ConcurrentHashMap<>();

  /// Called before a look at an extent begins.
  public volatile Consumer<Look> beforeLook = _ -> {};

  public OriginsTwin(int count) {
    for (int i = 0; i < count; i++) {
      var disk = new Disk("disk-" + (char) ('a' + i));
      disks.put(disk.id, disk);
    }
  }

  public Disk disk(String id) {
    var disk = disks.get(id);
    if (disk == null) {
      throw new AssertionError("no disk " + id);
    }
    return disk;
  }

  public List<String> ids() {
    return List.copyOf(disks.keySet());
  }

  /// Puts every shard of a segment where its row says.
  public void keep(StoredSegment stored) {
    for (var location : stored.segment().locations()) {
      var disk = disk(location.originId());
      disk.files.put(stored.name(location.index()), stored.files().get(location.index()));
      if (location.packed() != null) {
        disk.records.put(stored.name(location.index()), location.packed());
      }
    }
  }

  public void answer(World world) {
    var bus = world.bus();
    bus.answer(
        OriginContract.LIST_ORIGINS,
        _ ->
            Future.succeededFuture(new Origins(disks.values().stream().map(Disk::state).toList())));
    bus.answer(OriginContract.PLACE, this::place);
    for (var disk : disks.values()) {
      bus.answer(
          OriginContract.LIST_LEAVES.at(disk.id),
          _ ->
              up(
                  disk,
                  () ->
                      Future.succeededFuture(
                          new Leaves(
                              disk.files.keySet().stream()
                                  .filter(name -> !disk.records.containsKey(name))
                                  .map(name -> name.split("/", -1)[1])
                                  .distinct()
                                  .toList()))));
      bus.answer(
          OriginContract.VERIFY_SHARD.at(disk.id),
          q ->
              up(
                  disk,
                  () -> {
                    verified.add(q.depth() + " " + q.name());
                    return Future.succeededFuture(disk.look(q.name(), q.packed(), q.depth()));
                  }));
      bus.answer(
          OriginContract.VERIFY_EXTENT.at(disk.id), q -> up(disk, () -> extent(world, disk, q)));
      bus.answer(OriginContract.READ_SHARD.at(disk.id), q -> up(disk, () -> read(world, disk, q)));
      bus.answer(
          OriginContract.WRITE_SHARD.at(disk.id), q -> up(disk, () -> write(world, disk, q)));
      bus.answer(OriginContract.LIST_PACKS.at(disk.id), _ -> up(disk, () -> packs(disk)));
      bus.answer(OriginContract.VERIFY_RECORDS.at(disk.id), q -> up(disk, () -> records(disk, q)));
      bus.answer(OriginContract.WRITE_RECORDS.at(disk.id), q -> up(disk, () -> write(disk, q)));
      bus.answer(OriginContract.READ_RECORDS.at(disk.id), q -> up(disk, () -> read(disk, q)));
    }
  }

  private interface Work<T> {
    Future<T> run();
  }

  private static <T> Future<T> up(Disk disk, Work<T> work) {
    return disk.down
        ? Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, disk.id + " is away"))
        : work.run();
  }

  private Future<Placement> place(Place wanted) {
    var fit =
        disks.values().stream()
            .filter(disk -> !disk.down && !disk.full && disk.marker.equals("ours"))
            .filter(disk -> !wanted.avoid().contains(disk.id))
            .limit(wanted.count())
            .map(disk -> new OriginRef(disk.id, disk.incarnation))
            .toList();
    return Future.succeededFuture(new Placement(fit, disks.size(), null, null));
  }

  private Future<Done> extent(World world, Disk disk, VerifyExtent question) {
    var look = new Look(disk.id, question);
    looks.add(look);
    beforeLook.accept(look);
    if (stuckLeaves.containsKey(question.leaf())) {
      world.blobs().connect(question.into());
      return Future.succeededFuture(new Done());
    }
    var lines = Buffer.buffer();
    long names = 0;
    long readBytes = 0;
    for (String name : disk.files.keySet()) {
      if (!disk.records.containsKey(name)
          && name.startsWith(Names.leafPath(question.leaf()) + "/")) {
        var finding = disk.look(name, question.depth());
        lines.appendString(Json.text(finding) + "\n");
        names++;
        readBytes += finding.readBytes();
      }
    }
    lines.appendString(Json.text(new ExtentEnd(true, !disk.strange, names, readBytes)) + "\n");
    var sink = world.blobs().connect(question.into());
    for (int from = 0; from < lines.length(); from += PIECE_BYTES) {
      sink.write(
          Buffer.buffer(
              lines.getString(from, Math.min(lines.length(), from + PIECE_BYTES)).getBytes(UTF_8)));
    }
    sink.end();
    return Future.succeededFuture(new Done());
  }

  private Future<Packs> packs(Disk disk) {
    packLists.add(disk.id);
    var packs = new ArrayList<Pack>();
    disk.packs().forEach((name, bytes) -> packs.add(new Pack(name, bytes, false)));
    return Future.succeededFuture(new Packs(packs));
  }

  private Future<RecordFindings> records(Disk disk, VerifyRecords question) {
    var look = new PackLook(disk.id, question);
    packLooks.add(look);
    beforePackLook.accept(look);
    if (stuckLeaves.containsKey(question.pack())) {
      return Promise.<RecordFindings>promise().future();
    }
    var findings = new ArrayList<ShardFinding>();
    long readBytes = 0;
    for (var record : question.records()) {
      var packed = new Packed(question.pack(), record.offset(), record.sizeBytes());
      var finding = disk.look(record.name(), packed, question.depth());
      readBytes += finding.readBytes();
      if (finding.evidence() != Evidence.HEALTHY) {
        findings.add(finding);
      }
    }
    return Future.succeededFuture(new RecordFindings(findings, !disk.strange, readBytes));
  }

  private static Future<ShardOpened> read(World world, Disk disk, ReadShard question) {
    var file = disk.files.get(question.name());
    if (file == null || !disk.isThere(question.name(), question.packed())) {
      return Future.failedFuture(Failure.of(FailureCode.NOT_FOUND, "no such shard"));
    }
    if (disk.hangOnRead.contains(question.name()) && question.lengthBytes() > PIECE_BYTES) {
      world.blobs().connect(question.into());
      return Future.succeededFuture(new ShardOpened(file.length));
    }
    if (question.offset() == Striping.FILE_HEADER_BYTES && disk.rotOnRead.remove(question.name())) {
      disk.flip(question.name(), file.length / 2);
      file = disk.bytes(question.name());
    }
    var sink = world.blobs().connect(question.into());
    int end = (int) Math.min(file.length, question.offset() + question.lengthBytes());
    for (int from = (int) question.offset(); from < end; from += PIECE_BYTES) {
      sink.write(Buffer.buffer().appendBytes(file, from, Math.min(PIECE_BYTES, end - from)));
    }
    sink.end();
    return Future.succeededFuture(new ShardOpened(file.length));
  }

  private static Future<ShardWritten> write(World world, Disk disk, WriteShard question) {
    var source = world.blobs().accept(question.body(), Blobs.SHARD_WINDOW_BYTES);
    if (disk.full) {
      var failure = Failure.of(FailureCode.STORAGE_ERROR, disk.id + " is full");
      source.cancel(failure);
      return Future.failedFuture(failure);
    }
    if (disk.files.containsKey(question.name())) {
      var failure = Failure.of(FailureCode.CONFLICT, "the name exists");
      source.cancel(failure);
      return Future.failedFuture(failure);
    }
    var written = Promise.<ShardWritten>promise();
    var bytes = Buffer.buffer();
    source.exceptionHandler(written::tryFail);
    source.endHandler(_ -> {
      var file = bytes.getBytes();
      if (disk.scribbles) {
        file[file.length / 2] ^= 1;
      }
      disk.files.put(question.name(), file);
      written.tryComplete(new ShardWritten(file.length));
    });
    source.handler(bytes::appendBuffer);
    return written.future();
  }

  /// Keeps records as the files that they could have been.
  private static Future<RecordsWritten> write(Disk disk, WriteRecords question) {
    if (disk.full) {
      return Future.failedFuture(Failure.of(FailureCode.STORAGE_ERROR, disk.id + " is full"));
    }
    var written = new ArrayList<RecordWritten>();
    for (var record : question.records()) {
      var bytes = new byte[record.bytes().sizeBytes()];
      record.bytes().view().get(bytes);
      var packed =
          new Packed("packs/" + disk.incarnation + "-1", 4096L * disk.files.size(), bytes.length);
      int gap = Striping.FILE_HEADER_BYTES - ShardHeader.BYTES;
      var file = new byte[bytes.length + gap];
      System.arraycopy(bytes, 0, file, 0, ShardHeader.BYTES);
      System.arraycopy(
          bytes,
          ShardHeader.BYTES,
          file,
          Striping.FILE_HEADER_BYTES,
          bytes.length - ShardHeader.BYTES);
      if (disk.scribbles) {
        file[file.length / 2] ^= 1;
      }
      disk.files.put(record.name(), file);
      disk.records.put(record.name(), packed);
      written.add(new RecordWritten(packed, null, null));
    }
    return Future.succeededFuture(new RecordsWritten(written));
  }

  private static Future<RecordsRead> read(Disk disk, ReadRecords question) {
    var read = new ArrayList<Payload>();
    for (var place : question.places()) {
      var name =
          disk.records.entrySet().stream()
              .filter(record -> record.getValue().equals(place))
              .map(Map.Entry::getKey)
              .findFirst();
      var file = name.isEmpty() ? new byte[0] : disk.bytes(name.get());
      var record = new byte[name.isEmpty() ? 0 : (int) place.sizeBytes()];
      if (record.length > 0) {
        System.arraycopy(file, 0, record, 0, ShardHeader.BYTES);
        System.arraycopy(
            file,
            Striping.FILE_HEADER_BYTES,
            record,
            ShardHeader.BYTES,
            record.length - ShardHeader.BYTES);
      }
      read.add(Payload.of(record));
    }
    return Future.succeededFuture(new RecordsRead(read));
  }

  /// Where a name lies, by disk.
  public List<String> holders(String name) {
    var holders = new ArrayList<String>();
    disks.values().stream()
        .filter(disk -> disk.files.containsKey(name))
        .forEach(disk -> holders.add(disk.id));
    return holders;
  }

  /// How often a leaf was looked at this deeply.
  public long looksAt(String leaf, Depth depth) {
    return looks.stream()
        .filter(look -> look.question().leaf().equals(leaf) && look.question().depth() == depth)
        .count();
  }
}
