package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract.AdoptVersion;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.WriteId;
import io.kintsugi.journal.FooterReading.Sound;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Judges whether what lies on the origins of a version is a version: all of its segments, each
/// with enough sound shards that say the same.
@Pure
final class StrayVersion {
  /// What became of it: a version to adopt, or the reason why not.
  record Judged(String name, @Nullable AdoptVersion version, @Nullable String refusal) {}

  private static final int ATTEMPT_SHIFT = 48;

  private StrayVersion() {}

  /// Judges the sound shards of one version.
  ///
  /// @param spare origins that a shard may be said to be missing on
  static Judged judge(List<Sound> shards, List<String> spare) {
    var first = shards.getFirst().manifest().draft();
    var name = first.bucket() + "/" + first.key() + " " + first.writeId();
    if (first.upload() != null) {
      return refused(name, "a part of an upload; it can be sent again");
    }
    var bySegment = new TreeMap<Integer, List<Sound>>();
    shards.forEach(shard ->
        bySegment
            .computeIfAbsent(shard.manifest().draft().segment().ordinal(), _ -> new ArrayList<>())
            .add(shard));
    var segments = new ArrayList<Segment>();
    long offset = 0;
    for (var of : bySegment.values()) {
      var segment = firstWhole(writings(of), segments.size(), offset, spare);
      if (segment == null) {
        return refused(name, "segment " + segments.size() + " is not whole");
      }
      segments.add(segment);
      offset += segment.sizeBytes();
    }
    var last = bySegment.lastEntry().getValue().getFirst().manifest();
    if (!last.draft().segment().last()) {
      return refused(name, "its last segment is not there");
    }
    return new Judged(name, version(first, last.etag(), offset, segments), null);
  }

  /// Stands for the attempt that wrote a shard where nothing tells it: no session ever counts so
  /// far, and no two shards of a write have the same.
  static WriteId attempt(WriteId writeId, int index) {
    return new WriteId(writeId.session(), writeId.counter() + ((index + 1L) << ATTEMPT_SHIFT));
  }

  private static Judged refused(String name, String why) {
    return new Judged(name, null, name + ": " + why);
  }

  private static AdoptVersion version(
      ManifestDraft draft, @Nullable String etag, long sizeBytes, List<Segment> segments) {
    var attributes = draft.attributes();
    return new AdoptVersion(
        draft.bucket(),
        draft.key(),
        Objects.requireNonNull(draft.version(), "an object's segment names its version"),
        new ObjectInfo(
            sizeBytes,
            Objects.requireNonNull(etag, "the last segment has the etag"),
            attributes.contentType(),
            attributes.headers(),
            attributes.metadata(),
            draft.created()),
        segments,
        draft.created());
  }

  /// What lies of one segment, by write: more than one was made of it if it was laid anew, and each
  /// is good by itself.
  private static Collection<List<Sound>> writings(List<Sound> shards) {
    var writings = new TreeMap<String, List<Sound>>();
    shards.forEach(shard ->
        writings
            .computeIfAbsent(shard.manifest().draft().writeId().toString(), _ -> new ArrayList<>())
            .add(shard));
    return writings.values();
  }

  private static @Nullable Segment firstWhole(
      Collection<List<Sound>> writings, int ordinal, long offset, List<String> spare) {
    for (var shards : writings) {
      var segment = segment(shards, ordinal, offset, spare);
      if (segment != null) {
        return segment;
      }
    }
    return null;
  }

  private static @Nullable Segment segment(
      Collection<Sound> shards, int ordinal, long offset, List<String> spare) {
    var one = shards.iterator().next();
    var draft = one.manifest().draft();
    boolean alike =
        shards.stream()
            .allMatch(shard ->
                shard.footerSha256().equals(one.footerSha256())
                    && shard.copy().sizeBytes() == one.copy().sizeBytes());
    var layout = new Layout(draft.geometry().k(), draft.geometry().m());
    Map<Integer, Sound> byIndex = new HashMap<>();
    shards.forEach(shard -> byIndex.putIfAbsent(shard.copy().name().index(), shard));
    boolean follows = draft.segment().ordinal() == ordinal && draft.segment().offset() == offset;
    if (!alike || !follows || byIndex.size() < layout.k()) {
      return null;
    }
    return new Segment(
        ordinal,
        draft.writeId().toString(),
        offset,
        draft.segment().sizeBytes(),
        layout,
        one.footerBytes(),
        one.footerSha256(),
        one.manifest().shardSha256(),
        one.copy().sizeBytes(),
        locations(byIndex, layout, draft, spare));
  }

  /// A shard that is not there is said to be missing somewhere, and so will be healed.
  private static List<Location> locations(
      Map<Integer, Sound> byIndex, Layout layout, ManifestDraft draft, List<String> spare) {
    var free = new ArrayList<>(spare);
    byIndex.values().forEach(shard -> free.remove(shard.copy().originId()));
    var locations = new ArrayList<Location>();
    for (int index = 0; index < layout.shards(); index++) {
      var shard = byIndex.get(index);
      locations.add(
          shard == null
              ? new Location(
                  index,
                  attempt(draft.writeId(), index).toString(),
                  free.isEmpty() ? "none" : free.removeFirst(),
                  "0".repeat(16),
                  false)
              : new Location(
                  index,
                  shard.copy().name().attemptId().toString(),
                  shard.copy().originId(),
                  shard.copy().incarnation(),
                  true,
                  shard.copy().packed()));
    }
    return locations;
  }
}
