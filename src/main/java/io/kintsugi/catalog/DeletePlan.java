package io.kintsugi.catalog;

import static java.util.Objects.requireNonNull;

import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeletedKey;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What one question deletes, wish by wish: which versions die, which markers are born, and which
/// keys need another current version. A later wish sees what became of the earlier ones.
final class DeletePlan {
  /// What the journal needs to set a delete marker again.
  ///
  /// @param nullVersion set while versioning was suspended
  /// @param died the versions that it replaced; the others of its key live on
  record MarkerSet(
      String bucket,
      String key,
      String versionId,
      Instant created,
      boolean nullVersion,
      List<String> died) {}

  /// What is known of one key.
  private static final class Known {
    @Nullable Head head;
    @Nullable Head pastNull;
    final Map<UUID, Head> past = new HashMap<>();
    Tick.@Nullable Birth marker;
  }

  private final String bucketName;
  private final LockedBucket bucket;
  private final Instant now;
  private final Supplier<UUID> ids;
  private final Map<String, Known> keys = new LinkedHashMap<>();
  private final Set<UUID> dead = new LinkedHashSet<>();
  private final List<DeletedKey> answers = new ArrayList<>();
  private final Tick tick = new Tick();

  DeletePlan(String bucketName, LockedBucket bucket, Instant now, Supplier<UUID> ids) {
    this.bucketName = bucketName;
    this.bucket = bucket;
    this.now = now;
    this.ids = ids;
  }

  private Known known(String key) {
    return keys.computeIfAbsent(key, _ -> new Known());
  }

  /// Says which version of a key is the current one.
  void current(String key, Head head) {
    known(key).head = head;
  }

  /// Says which other version of a key is its null version.
  void pastNull(String key, Head version) {
    known(key).pastNull = version;
  }

  /// Says that a version which is named is alive, though not the current one.
  void past(String key, Head version) {
    known(key).past.put(version.versionId(), version);
  }

  /// What is not there cannot be deleted, which is no error; a condition is judged all the same.
  void delete(DeleteKey wish) {
    var known = known(wish.key());
    var target = wish.versionId() == null ? current(known) : named(known, wish.versionId());
    if (!CommitDecision.holds(wish.condition(), target == null ? null : target.etag())) {
      var code = FailureCode.PRECONDITION_FAILED.name();
      boolean existed = target != null && target.etag() != null;
      answers.add(new DeletedKey(wish.key(), existed, code, wish.versionId(), null));
    } else if (wish.versionId() == null && bucket.versioning() != Versioning.NEVER) {
      mark(wish, known, target);
    } else {
      remove(wish, target);
    }
  }

  private @Nullable Head current(Known known) {
    return known.marker == null ? alive(known.head) : null;
  }

  private @Nullable Head alive(@Nullable Head version) {
    return version == null || dead.contains(version.versionId()) ? null : version;
  }

  private @Nullable Head named(Known known, String versionId) {
    var head = known.head;
    if (!versionId.equals(Versioning.NULL_ID)) {
      var id = Ids.uuidOrNull(versionId);
      return alive(head != null && head.versionId().equals(id) ? head : known.past.get(id));
    }
    if (head != null && head.nullVersion()) {
      return alive(head);
    }
    return alive(known.pastNull);
  }

  private void remove(DeleteKey wish, @Nullable Head target) {
    String markerId = null;
    if (target != null) {
      var id = target.versionId();
      tick.change("object-deleted", new FindObject(bucketName, wish.key(), Ids.hex(id)));
      tick.death(id);
      dead.add(id);
      if (target.etag() == null) {
        markerId = Versioning.anyId(id, target.nullVersion());
      }
    }
    answers.add(new DeletedKey(wish.key(), target != null, null, wish.versionId(), markerId));
  }

  /// One marker says it for all who ask for it together.
  private void mark(DeleteKey wish, Known known, @Nullable Head target) {
    var marker = known.marker;
    if (marker == null) {
      var succession = bucket.versioning().succeed(alive(known.head), alive(known.pastNull));
      marker = birth(wish.key(), succession.nullVersion());
      known.marker = marker;
      tick.change(
          "marker-set",
          new MarkerSet(
              bucketName,
              wish.key(),
              Ids.hex(marker.versionId()),
              now,
              succession.nullVersion(),
              succession.dead().stream().map(Ids::hex).toList()));
      tick.birth(marker);
      succession.dead().forEach(tick::death);
      dead.addAll(succession.dead());
    }
    var markerId = Versioning.anyId(marker.versionId(), marker.nullVersion());
    boolean existed = target != null && target.etag() != null;
    answers.add(new DeletedKey(wish.key(), existed, null, null, markerId));
  }

  private Tick.Birth birth(String key, boolean nullVersion) {
    var info = new ObjectInfo(0, "", null, Map.of(), Map.of(), now);
    return new Tick.Birth(ids.get(), bucket.id(), key, info, 0, List.of(), true, nullVersion);
  }

  List<DeletedKey> answers() {
    return answers;
  }

  Tick tick() {
    return tick;
  }

  List<UUID> dead() {
    return List.copyOf(dead);
  }

  /// Keys whose current version dies without another in its place.
  List<String> headless() {
    var headless = new ArrayList<String>();
    keys.forEach((key, known) -> {
      if (known.marker == null && known.head != null && alive(known.head) == null) {
        headless.add(key);
      }
    });
    return headless;
  }

  /// Versions that live on behind a marker.
  List<UUID> superseded() {
    var superseded = new ArrayList<UUID>();
    for (var known : keys.values()) {
      var head = alive(known.head);
      if (known.marker != null && head != null) {
        superseded.add(head.versionId());
      }
    }
    return superseded;
  }

  /// Markers of keys of which nothing was alive.
  Grid created() {
    return markers(false);
  }

  /// Markers of keys that had a current version.
  Grid replaced() {
    return markers(true);
  }

  private Grid markers(boolean hadHead) {
    var grid = ObjectRows.headGrid();
    keys.entrySet().stream()
        .filter(entry -> entry.getValue().marker != null)
        .filter(entry -> (entry.getValue().head != null) == hadHead)
        .sorted(Map.Entry.comparingByKey(Ordering.BY_CODE_POINT))
        .forEach(entry -> ObjectRows.addHead(grid, requireNonNull(entry.getValue().marker)));
    return grid;
  }
}
