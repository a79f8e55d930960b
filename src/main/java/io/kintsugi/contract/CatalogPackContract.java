package io.kintsugi.contract;

import io.kintsugi.contract.CatalogScanContract.ShardRows;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalog says of packs, for a scanner to compare with what lies there.
public final class CatalogPackContract {
  public static final Call<ListPacks, PackNames> LIST_PACKS =
      new Call<>("catalog.call.list-packs.v1", ListPacks.class, PackNames.class);
  public static final Call<SumPacks, PackSums> SUM_PACKS =
      new Call<>("catalog.call.sum-packs.v1", SumPacks.class, PackSums.class, 120_000);
  public static final Call<ListRecords, RecordRows> LIST_RECORDS =
      new Call<>("catalog.call.list-records.v1", ListRecords.class, RecordRows.class);
  public static final Call<FindShards, ShardRows> FIND_SHARDS =
      new Call<>("catalog.call.find-shards.v1", FindShards.class, ShardRows.class);
  public static final Call<NotePacksVerified, Done> NOTE_PACKS_VERIFIED =
      new Call<>("catalog.call.note-packs-verified.v1", NotePacksVerified.class, Done.class);

  /// A pack where it lies.
  public record PackRef(String originId, String pack) {}

  /// The packs that rows speak of, by origin and name.
  ///
  /// @param originId null: those of all origins
  /// @param after null: from the first
  public record ListPacks(@Nullable String originId, @Nullable PackRef after, int max) {}

  /// One page of packs.
  ///
  /// @param nextAfter null if this was the last page
  public record PackNames(List<PackRef> packs, @Nullable PackRef nextAfter) {
    public PackNames {
      packs = List.copyOf(packs);
    }
  }

  /// Of whom a scan is.
  ///
  /// @param buckets empty: all
  /// @param system buckets of the system too
  public record Scope(List<String> buckets, boolean system) {
    public Scope {
      buckets = List.copyOf(buckets);
    }
  }

  /// Asks what is expected of packs of one origin, at most 64 of them.
  public record SumPacks(String originId, List<String> packs, Scope scope) {
    public SumPacks {
      packs = List.copyOf(packs);
    }
  }

  /// Of the packs in question, those in which shards are expected.
  ///
  /// @param whole nothing that lives there is out of scope
  public record PackSums(List<PackSum> packs, boolean whole) {
    public PackSums {
      packs = List.copyOf(packs);
    }
  }

  /// What is expected in one pack. If nothing is out of scope, incarnation, end and number of
  /// records are of what died there too, for nothing is removed from packs.
  ///
  /// @param incarnation of the origin when it was written; null if rows differ
  /// @param endBytes where the last shard ends: the pack is at least so long
  /// @param records shards there
  /// @param objects live versions whose first shard lies there
  /// @param bytes of live segments whose first shard lies there
  public record PackSum(
      String pack,
      @Nullable String incarnation,
      long endBytes,
      long records,
      long objects,
      long bytes) {}

  /// Asks for the live shards of one pack, ascending by offset.
  ///
  /// @param after offset to continue behind; -1: from the first
  /// @param max 1 to 10,000
  public record ListRecords(String originId, String pack, long after, int max, Scope scope) {}

  /// One page of a pack.
  ///
  /// @param nextAfter null if this was the last page
  /// @param whole nothing that lives there is out of scope
  public record RecordRows(List<RecordRow> records, @Nullable Long nextAfter, boolean whole) {
    public RecordRows {
      records = List.copyOf(records);
    }
  }

  /// A live shard in a pack.
  ///
  /// @param incarnation of the origin when it was written
  /// @param footerSha256 hex
  /// @param object it is the first shard of a version
  /// @param segmentBytes bytes of its segment if it is the first shard of that, else 0
  public record RecordRow(
      String writeId,
      int shardIndex,
      String attemptId,
      String incarnation,
      long offset,
      long sizeBytes,
      String footerSha256,
      boolean object,
      long segmentBytes) {}

  /// Asks for live segments by their write ids, at most 10,000; those that died are left out.
  public record FindShards(List<String> writeIds) {
    public FindShards {
      writeIds = List.copyOf(writeIds);
    }
  }

  /// Coverage: every live shard of those packs was looked at.
  ///
  /// @param depth quick, normal or deep
  public record NotePacksVerified(String originId, List<String> packs, String depth, Instant at) {
    public NotePacksVerified {
      packs = List.copyOf(packs);
    }
  }

  private CatalogPackContract() {}
}
