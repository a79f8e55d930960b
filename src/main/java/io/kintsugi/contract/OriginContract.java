package io.kintsugi.contract;

import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The places where shards lie. Calls that end in one place are sent `at` an origin's id.
public final class OriginContract {
  public static final Topic<OriginState> ORIGIN_CHANGED =
      new Topic<>("origin.event.origin-changed.v1", OriginState.class);

  /// Of an origin that is watched. A hint: what it says may be out of date, and may be missed.
  public static final Topic<FilesChanged> FILES_CHANGED =
      new Topic<>("origin.event.files-changed.v1", FilesChanged.class);

  public static final Call<ListOrigins, Origins> LIST_ORIGINS =
      new Call<>("origin.call.list-origins.v1", ListOrigins.class, Origins.class);
  public static final Call<CheckOrigin, OriginState> CHECK_ORIGIN =
      new Call<>("origin.call.check-origin.v1", CheckOrigin.class, OriginState.class);

  /// Makes a blank origin usable under a new incarnation: what lay on it counts as missing.
  public static final Call<ReplaceOrigin, OriginState> REPLACE_ORIGIN =
      new Call<>("origin.call.replace-origin.v1", ReplaceOrigin.class, OriginState.class);

  public static final Call<Place, Placement> PLACE =
      new Call<>("origin.call.place.v1", Place.class, Placement.class);

  /// `at` an origin; ask with [io.kintsugi.kernel.Bus#askWhile]. The answer means flushed.
  public static final Call<WriteShard, ShardWritten> WRITE_SHARD =
      new Call<>("origin.call.write-shard.v1", WriteShard.class, ShardWritten.class);

  /// `at` an origin: small shards of any segments. The answer means flushed; each is told by
  /// itself, so one that failed does not spoil the others.
  public static final Call<WriteRecords, RecordsWritten> WRITE_RECORDS =
      new Call<>("origin.call.write-records.v1", WriteRecords.class, RecordsWritten.class);

  /// `at` an origin: small shards out of packs, each whole.
  public static final Call<ReadRecords, RecordsRead> READ_RECORDS =
      new Call<>("origin.call.read-records.v1", ReadRecords.class, RecordsRead.class);

  /// `at` an origin. Answers once the file is open; the bytes follow on the ticket's stream.
  public static final Call<ReadShard, ShardOpened> READ_SHARD =
      new Call<>("origin.call.read-shard.v1", ReadShard.class, ShardOpened.class);

  /// `at` an origin: one shard, for read-backs and heals.
  public static final Call<VerifyShard, ShardFinding> VERIFY_SHARD =
      new Call<>("origin.call.verify-shard.v1", VerifyShard.class, ShardFinding.class, 3_600_000);

  /// `at` an origin: the leaves that exist, ascending.
  public static final Call<ListLeaves, Leaves> LIST_LEAVES =
      new Call<>("origin.call.list-leaves.v1", ListLeaves.class, Leaves.class);

  /// `at` an origin: the packs that exist, ascending by name.
  public static final Call<ListPacks, Packs> LIST_PACKS =
      new Call<>("origin.call.list-packs.v1", ListPacks.class, Packs.class);

  /// `at` an origin: whose shards a pack holds, by their headers alone, a page at a time. That a
  /// shard is told says nothing of what follows its header.
  public static final Call<ListPacked, PackedShards> LIST_PACKED =
      new Call<>("origin.call.list-packed.v1", ListPacked.class, PackedShards.class, 30_000);

  /// `at` an origin: shards of one pack that the asker expects there.
  public static final Call<VerifyRecords, RecordFindings> VERIFY_RECORDS =
      new Call<>(
          "origin.call.verify-records.v1", VerifyRecords.class, RecordFindings.class, 120_000);

  /// `at` an origin: every name in one leaf. Answers when the look begins; findings follow on the
  /// ticket's stream, one JSON [ShardFinding] a line, names ascending, and at the end one JSON
  /// [ExtentEnd]. The stream is never silent while work goes on.
  public static final Call<VerifyExtent, Done> VERIFY_EXTENT =
      new Call<>("origin.call.verify-extent.v1", VerifyExtent.class, Done.class);

  /// Shards that somebody else than this store touched, once things have come to rest.
  ///
  /// @param changed have another content, or were not there before
  /// @param vanished are not there any more
  /// @param unsure folders below which more happened than can be told
  public record FilesChanged(
      String originId,
      String incarnation,
      List<String> changed,
      List<String> vanished,
      List<String> unsure) {
    public FilesChanged {
      changed = List.copyOf(changed);
      vanished = List.copyOf(vanished);
      unsure = List.copyOf(unsure);
    }
  }

  public record ListOrigins() {}

  public record Origins(List<OriginState> origins) {
    public Origins {
      origins = List.copyOf(origins);
    }
  }

  /// An origin as it is now.
  ///
  /// @param kind local, nfs, smb, s3 or sftp
  /// @param health healthy, degraded, unhealthy or unknown
  /// @param marker ours, new, blank, foreign, unreadable or key-mismatch; only `ours` may be
  ///   written
  /// @param incarnation 16 hex digits; null before its first marker
  /// @param domain failure domain: no two shards of a segment share one
  /// @param reason why it is not healthy, for a person
  /// @param braked why nothing is written or removed there; null: not braked
  /// @param flags what hampers it: `hung`, `full`, `read-only`, `misconfigured`, `draining`
  public record OriginState(
      String id,
      String kind,
      String path,
      String domain,
      int priority,
      String health,
      String marker,
      @Nullable String incarnation,
      boolean writable,
      long totalBytes,
      long freeBytes,
      long freeInodes,
      double latencyP50Millis,
      double latencyP99Millis,
      int consecutiveFailures,
      Instant lastCheck,
      @Nullable String reason,
      @Nullable String braked,
      List<String> flags) {
    public static final String HUNG = "hung";
    public static final String FULL = "full";
    public static final String READ_ONLY = "read-only";
    public static final String MISCONFIGURED = "misconfigured";
    public static final String DRAINING = "draining";

    public OriginState {
      // A node of an earlier version tells none.
      flags = flags == null ? List.of() : List.copyOf(flags);
    }
  }

  public record CheckOrigin(String originId) {}

  public record ReplaceOrigin(String originId) {}

  /// Where to put `count` shards: distinct failure domains, only origins that can be written now.
  ///
  /// @param avoid origins not to use (they hold a shard of the same segment, or just failed)
  /// @param strategy empty: that of the pool
  /// @param spread a number that differs per segment, so that parity load spreads
  /// @param sizeBytes of a shard, as far as the strategy goes by it; null: `shardBytes`
  /// @param repair it is for shards that are mended or moved, which no pool is too small for
  public record Place(
      int count,
      List<String> avoid,
      String strategy,
      long shardBytes,
      long spread,
      @Nullable Long sizeBytes,
      @Nullable Boolean repair) {
    public Place {
      avoid = List.copyOf(avoid);
    }

    /// For shards that are written for the first time.
    public Place(int count, List<String> avoid, String strategy, long shardBytes, long spread) {
      this(count, avoid, strategy, shardBytes, spread, null, null);
    }
  }

  /// Where shards may go.
  ///
  /// @param origins at most `count`, in shard order; fewer if fewer can be written
  /// @param members how many origins are configured in all
  /// @param full how many more there would be if those that are full had room; null if not told
  /// @param acks how many copies, one on each origin, must be flushed; null: as the layout says
  public record Placement(
      List<OriginRef> origins, int members, @Nullable Integer full, @Nullable Integer acks) {
    public Placement {
      origins = List.copyOf(origins);
    }
  }

  public record OriginRef(String originId, String incarnation) {}

  /// Create-new under that name; the bytes are the whole file (header area, blocks, footer). Fails
  /// with CONFLICT if the name exists, STORAGE_ERROR if full, UNAVAILABLE if the origin must not be
  /// written now. A write that does not end well leaves at most an unfinished name that no row
  /// points to.
  ///
  /// @param incarnation must be the origin's own
  /// @param name `objects/<leaf>/<write id>.<index>.<attempt id>`
  public record WriteShard(String name, String incarnation, long sizeBytes, BlobOffer body) {}

  public record ShardWritten(long sizeBytes) {}

  /// At most 4 MiB in all.
  public record WriteRecords(String incarnation, List<ShardRecord> records) {
    public WriteRecords {
      records = List.copyOf(records);
    }
  }

  /// A whole small shard: header of 128 bytes, blocks and footer, nothing between them.
  ///
  /// @param name `objects/<leaf>/<write id>.<index>.<attempt id>`: its name if it becomes a file
  public record ShardRecord(String name, Payload bytes) {}

  /// What became of each record, in the order in which they were asked for.
  public record RecordsWritten(List<RecordWritten> records) {
    public RecordsWritten {
      records = List.copyOf(records);
    }
  }

  /// What became of one record.
  ///
  /// @param packed where it lies; null: in a file of its own under its name, or nowhere
  /// @param failedCode null if it is flushed; else the name of a failure code
  public record RecordWritten(
      @Nullable Packed packed, @Nullable String failedCode, @Nullable String failedText) {}

  /// Asks for records at their places, at most 4 MiB in all.
  public record ReadRecords(String incarnation, List<Packed> places) {
    public ReadRecords {
      places = List.copyOf(places);
    }
  }

  /// The bytes at each place, in the order in which they were asked for; none where they could not
  /// be read whole, which says nothing of the shard. Nothing was verified.
  public record RecordsRead(List<Payload> records) {
    public RecordsRead {
      records = List.copyOf(records);
    }
  }

  /// Fails with NOT_FOUND only if the marker verified after the failed open, else UNAVAILABLE.
  /// Offsets and sizes of a packed shard are those it would have in a file of its own.
  ///
  /// @param packed null: a file of its own
  /// @param uncached it is read once, in its whole length: where the origin can, past the page
  ///   cache, in larger pieces
  public record ReadShard(
      String name,
      String incarnation,
      long offset,
      long lengthBytes,
      BlobTicket into,
      @Nullable Packed packed,
      boolean uncached) {}

  public record ShardOpened(long sizeBytes) {}

  /// How deep to look.
  public enum Depth {
    /// Names and sizes only; no byte of a shard is read.
    QUICK,
    /// Header and footer too.
    NORMAL,
    /// Every block, with CRC and identity.
    DEEP,
    /// Also SHA-256 of the whole shard against the manifest.
    FORENSIC
  }

  /// One shard to look at.
  ///
  /// @param packed null: a file of its own
  /// @param bytesPerSecond 0: no bound
  public record VerifyShard(
      String name, String incarnation, Depth depth, @Nullable Packed packed, long bytesPerSecond) {
    /// A shard looked at as fast as that goes.
    public VerifyShard(String name, String incarnation, Depth depth, @Nullable Packed packed) {
      this(name, incarnation, depth, packed, 0);
    }

    /// A shard in a file of its own.
    public VerifyShard(String name, String incarnation, Depth depth) {
      this(name, incarnation, depth, null);
    }
  }

  /// What one name was found to be. It is judged by itself and its name; the asker compares size
  /// and footer with the catalog.
  ///
  /// @param manifestOnly the damage is in header or footer alone: every block is sound (only known
  ///   from DEEP on)
  /// @param manifestMissing the footer is not there at all
  /// @param footerSha256 hex, from NORMAL on, if it was read and verified
  /// @param readBytes bytes read to find this out
  public record ShardFinding(
      String name,
      long sizeBytes,
      Evidence evidence,
      @Nullable String detail,
      boolean manifestOnly,
      boolean manifestMissing,
      @Nullable String footerSha256,
      long readBytes) {}

  public record ListPacks(String incarnation) {}

  /// The packs that exist on an origin.
  public record Packs(List<Pack> packs) {
    public Packs {
      packs = List.copyOf(packs);
    }
  }

  /// A pack as it lies there.
  ///
  /// @param name `packs/<session id>-<n>`
  /// @param open this process may still append to it
  public record Pack(String name, long sizeBytes, boolean open) {}

  /// Asks what lies in a pack.
  ///
  /// @param fromOffset 0, or what the page before said
  public record ListPacked(String pack, String incarnation, long fromOffset) {}

  /// One page of a pack, ascending by offset.
  ///
  /// @param nextOffset null if this was the last page
  public record PackedShards(List<PackedShard> shards, @Nullable Long nextOffset) {
    public PackedShards {
      shards = List.copyOf(shards);
    }
  }

  /// A shard in a pack, as its header says; the pack is long enough for it.
  public record PackedShard(String writeId, int shardIndex, long offset, long sizeBytes) {}

  /// Asks for a look at shards of one pack, ascending by offset.
  ///
  /// @param bytesPerSecond pace of this look, 0 for none
  public record VerifyRecords(
      String pack,
      String incarnation,
      Depth depth,
      long bytesPerSecond,
      List<ExpectedRecord> records) {
    public VerifyRecords {
      records = List.copyOf(records);
    }
  }

  /// A shard that a row says to lie in the pack.
  ///
  /// @param name holds its write id and index
  /// @param footerSha256 hex
  public record ExpectedRecord(String name, long offset, long sizeBytes, String footerSha256) {}

  /// What is wrong in a pack.
  ///
  /// @param findings of those that are not healthy, by their names
  /// @param markerVerified the origin was still ours after the look; if not, nothing may be called
  ///   missing
  /// @param readBytes bytes read to find this out
  public record RecordFindings(
      List<ShardFinding> findings, boolean markerVerified, long readBytes) {
    public RecordFindings {
      findings = List.copyOf(findings);
    }
  }

  public record ListLeaves(String incarnation) {}

  /// The leaves that exist on an origin.
  ///
  /// @param leaves three hex digits each
  public record Leaves(List<String> leaves) {
    public Leaves {
      leaves = List.copyOf(leaves);
    }
  }

  /// Asks for a look at every name of one leaf.
  ///
  /// @param bytesPerSecond pace of this look, 0 for none
  public record VerifyExtent(
      String leaf, String incarnation, Depth depth, long bytesPerSecond, BlobTicket into) {}

  /// The last line of a look at an extent.
  ///
  /// @param markerVerified the origin was still ours after the look; if not, no name may be called
  ///   missing
  /// @param end always true: tells this line from a finding
  public record ExtentEnd(boolean end, boolean markerVerified, long names, long readBytes) {}

  private OriginContract() {}
}
