package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.FindGapped;
import io.kintsugi.contract.CatalogJournalContract.PackFile;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListPacked;
import io.kintsugi.contract.OriginContract.ListPacks;
import io.kintsugi.contract.OriginContract.PackedShard;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.WriteId;
import io.kintsugi.journal.NameWalk.Copy;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;

/// The shards in those packs of one origin that rows do not fill, by their headers.
final class PackSearch {
  private static final int ASK_MAX = 1_000;

  private final World world;
  private final String originId;
  private final String incarnation;

  PackSearch(World world, String originId, String incarnation) {
    this.world = world;
    this.originId = originId;
    this.incarnation = incarnation;
  }

  /// Hands over what it finds, a page at a time.
  Future<Void> run(Steps.Deed<List<Copy>> deed) {
    return world
        .bus()
        .ask(OriginContract.LIST_PACKS.at(originId), new ListPacks(incarnation))
        .compose(packs -> {
          var files =
              packs.packs().stream()
                  .map(pack -> new PackFile(pack.name(), pack.sizeBytes()))
                  .toList();
          return Steps.each(Steps.pages(files, ASK_MAX), page -> gapped(page, deed));
        });
  }

  private Future<?> gapped(List<PackFile> files, Steps.Deed<List<Copy>> deed) {
    return world
        .bus()
        .ask(CatalogJournalContract.FIND_GAPPED, new FindGapped(originId, files))
        .compose(answer -> Steps.each(answer.packs(), pack -> page(pack, 0, deed)));
  }

  private Future<Void> page(String pack, long from, Steps.Deed<List<Copy>> deed) {
    return world
        .bus()
        .ask(OriginContract.LIST_PACKED.at(originId), new ListPacked(pack, incarnation, from))
        .compose(answer -> {
          var copies = answer.shards().stream().map(shard -> copy(pack, shard)).toList();
          Future<Void> done = deed.on(copies).mapEmpty();
          var next = answer.nextOffset();
          if (next == null) {
            return done;
          }
          long following = next;
          return done.compose(_ -> page(pack, following, deed));
        });
  }

  private Copy copy(String pack, PackedShard shard) {
    var writeId = WriteId.parse(shard.writeId());
    return new Copy(
        originId,
        incarnation,
        new ShardName(
            writeId,
            shard.shardIndex(),
            // A record does not tell which attempt wrote it.
            StrayVersion.attempt(writeId, shard.shardIndex())),
        PackRecord.fileBytes(shard.sizeBytes()),
        new Packed(pack, shard.offset(), shard.sizeBytes()));
  }
}
