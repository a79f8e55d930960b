package io.kintsugi.twin;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardFault;
import io.kintsugi.format.Striping;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// One origin in memory, with the faults it is told to have. Fields may be set from any thread.
public final class Disk {
  public static final String INCARNATION = "1".repeat(16);
  private static final KeyRing KEYS = KeyRing.of(StoredSegment.KEY);

  public final String id;
  public final Map<String, byte[]> files = new ConcurrentSkipListMap<>();

  /// Where those of the files lie that share one.
  public final Map<String, Packed> records = new ConcurrentHashMap<>();

  /// Packs that are no longer there.
  public final Set<String> lostPacks = ConcurrentHashMap.newKeySet();

  /// Packs that end before their time.
  public final Map<String, Long> packEnds = new ConcurrentHashMap<>();

  /// Names that turn bad the moment somebody reads their blocks.
  public final Set<String> rotOnRead = ConcurrentHashMap.newKeySet();

  /// Names whose bytes never come.
  public final Set<String> hangOnRead = ConcurrentHashMap.newKeySet();

  /// Answers no question.
  public volatile boolean down;

  /// Takes no byte.
  public volatile boolean full;

  /// Keeps other bytes than it was given.
  public volatile boolean scribbles;

  /// The marker does not verify after a look.
  public volatile boolean strange;

  /// Calls every shard healthy.
  public volatile boolean lies;

  public volatile String marker = "ours";
  public volatile String incarnation = INCARNATION;

  Disk(String id) {
    this.id = id;
  }

  public OriginState state() {
    return new OriginState(
        id,
        "local",
        "/" + id,
        id,
        100,
        down ? "unhealthy" : "healthy",
        marker,
        incarnation,
        !down,
        1L << 40,
        1L << 39,
        1_000_000,
        1,
        2,
        0,
        Instant.EPOCH,
        null,
        null,
        java.util.List.of());
  }

  /// What is found of a name where it is said to lie.
  ShardFinding look(String name, @Nullable Packed packed, Depth depth) {
    if (packed != null && packEnd(packed.pack()) < packed.offset() + packed.sizeBytes()) {
      boolean gone = lostPacks.contains(packed.pack());
      return nothing(name, gone && !strange ? Evidence.MISSING : Evidence.CORRUPT);
    }
    return isThere(name, packed) ? look(name, depth) : nothing(name, Evidence.MISSING);
  }

  boolean isThere(String name, @Nullable Packed packed) {
    return Objects.equals(records.get(name), packed)
        && (packed == null || !lostPacks.contains(packed.pack()));
  }

  /// The packs that are there, by name.
  Map<String, Long> packs() {
    var packs = new TreeMap<String, Long>();
    for (var record : records.values()) {
      if (!lostPacks.contains(record.pack())) {
        packs.put(record.pack(), packEnd(record.pack()));
      }
    }
    return packs;
  }

  private long packEnd(String pack) {
    if (lostPacks.contains(pack)) {
      return 0;
    }
    long end =
        records.values().stream()
            .filter(record -> record.pack().equals(pack))
            .mapToLong(record -> record.offset() + record.sizeBytes())
            .max()
            .orElse(0);
    return Math.min(end, packEnds.getOrDefault(pack, Long.MAX_VALUE));
  }

  /// What is found of a name.
  public ShardFinding look(String name, Depth depth) {
    var file = files.get(name);
    if (file == null) {
      return nothing(name, strange ? Evidence.UNREACHABLE : Evidence.MISSING);
    }
    if (depth == Depth.QUICK) {
      return new ShardFinding(name, file.length, Evidence.HEALTHY, null, false, false, null, 0);
    }
    var parsed = Names.parse(name).orElseThrow();
    var how = ShardChecker.Depth.valueOf(depth.name());
    var report = ShardChecker.check(how, ShardChecker.Expected.of(parsed), KEYS, file);
    var evidence = lies ? Evidence.HEALTHY : Evidence.valueOf(report.verdict().name());
    boolean manifestOnly =
        evidence == Evidence.CORRUPT
            && how.readsBlocks()
            && report.header() != null
            && report.faults().stream().allMatch(Disk::sparesBlocks);
    return new ShardFinding(
        name,
        file.length,
        evidence,
        report.faults().toString(),
        manifestOnly,
        false,
        report.manifest() == null ? null : report.footerSha256(),
        depth == Depth.NORMAL ? Striping.FILE_HEADER_BYTES : file.length);
  }

  private static boolean sparesBlocks(ShardFault fault) {
    return fault.reason().name().startsWith("FOOTER");
  }

  private static ShardFinding nothing(String name, Evidence evidence) {
    return new ShardFinding(name, 0, evidence, "no such name", false, false, null, 0);
  }

  /// Changes one byte of a file.
  public void flip(String name, long offset) {
    var bytes = bytes(name).clone();
    bytes[(int) offset] ^= 1;
    files.put(name, bytes);
  }

  public byte[] bytes(String name) {
    byte @Nullable [] bytes = files.get(name);
    if (bytes == null) {
      throw new AssertionError(id + " has no " + name);
    }
    return bytes;
  }
}
