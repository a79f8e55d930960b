package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitDecision.Create;
import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.CommitDecision.Known;
import io.kintsugi.catalog.CommitDecision.KnownVersion;
import io.kintsugi.catalog.CommitDecision.Raced;
import io.kintsugi.catalog.CommitDecision.Refused;
import io.kintsugi.catalog.CommitDecision.Replace;
import io.kintsugi.catalog.CommitDecision.Seen;
import io.kintsugi.catalog.Commits.Outcome;
import io.kintsugi.catalog.ObjectRows.BucketKey;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One transaction with many commits of distinct keys. Three exchanges with the database: locks
/// (sessions by id, buckets, keys in byte order) and what they show; keys that are new; all the
/// rest, the seq last.
final class CommitBatch {
  /// Writes whose shards may lie whole on the origins, though they were refused.
  record RefusedWrites(List<String> versionIds) {}

  private final List<CommitObject> members;
  private final Map<String, Long> lowWaters = new HashMap<>();
  private final Map<String, LockedBucket> buckets = new HashMap<>();
  private final Map<String, Head> heads = new HashMap<>();
  private final Map<BucketKey, Head> pastNulls = new HashMap<>();
  private final Map<UUID, KnownVersion> known = new HashMap<>();
  private final Set<Location> condemned = new HashSet<>();

  /// What the journal needs to do the commit again.
  ///
  /// @param nullVersion written while the bucket kept no versions
  /// @param died the versions that it replaced; the others of its key live on
  record Entered(
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      List<Segment> segments,
      @Nullable Boolean nullVersion,
      @Nullable List<String> died) {}

  CommitBatch(List<CommitObject> members) {
    this.members = members;
  }

  /// One outcome per member, in their order.
  Future<List<Outcome>> run(SqlConnection tx) {
    return lock(tx)
        .map(_ -> members.stream().map(this::decide).toList())
        .compose(decisions -> create(tx, decisions).compose(created -> write(tx, created)));
  }

  private Future<Void> lock(SqlConnection tx) {
    var sessions = members.stream().map(CommitObject::sessionId).distinct().toArray(String[]::new);
    var sessionRows = Db.run(tx, Sessions.LOCK, (Object) sessions);
    var bucketRows = ObjectRows.lockBuckets(tx, members.stream().map(CommitObject::bucket));
    var headRows = Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(keys(members)));
    var versionIds = members.stream().map(m -> Ids.uuid(m.versionId())).toArray(UUID[]::new);
    var knownRows = Db.run(tx, ObjectRows.FIND_VERSIONS, (Object) versionIds);
    var places =
        Condemned.among(
            tx,
            members.stream()
                .flatMap(m -> m.segments().stream())
                .flatMap(s -> s.locations().stream()));
    return Future.all(sessionRows, bucketRows, headRows, knownRows, places)
        .compose(_ -> {
          sessionRows.result().forEach(row -> lowWaters.put(row.getString(0), row.getLong(1)));
          buckets.putAll(bucketRows.result());
          headRows.result().forEach(this::readHead);
          knownRows.result().forEach(this::readKnown);
          condemned.addAll(places.result());
          return findPastNulls(tx);
        });
  }

  private static Stream<BucketKey> keys(List<CommitObject> members) {
    return members.stream().map(member -> new BucketKey(member.bucket(), member.key()));
  }

  /// Only where versioning is suspended can a version other than the current one have to die.
  private Future<Void> findPastNulls(SqlConnection tx) {
    var suspended =
        members.stream()
            .filter(member -> {
              var bucket = buckets.get(member.bucket());
              return bucket != null && bucket.versioning() == Versioning.SUSPENDED;
            })
            .toList();
    return suspended.isEmpty()
        ? Future.succeededFuture()
        : ObjectRows.pastNulls(tx, keys(suspended)).onSuccess(pastNulls::putAll).mapEmpty();
  }

  private void readHead(Row row) {
    heads.put(row.getString("name") + "/" + row.getString("key"), ObjectRows.head(row));
  }

  private void readKnown(Row row) {
    var versionId = row.getUUID("version_id");
    var committed =
        new Committed(
            Ids.hex(versionId), row.getLong("seq"), ObjectRows.info(row), ObjectRows.publicId(row));
    known.put(
        versionId, new KnownVersion(row.getString("name") + "/" + row.getString("key"), committed));
  }

  private CommitDecision decide(CommitObject member) {
    var seen =
        new Seen(
            known.get(Ids.uuid(member.versionId())),
            lowWaters.get(member.sessionId()),
            buckets.get(member.bucket()),
            heads.get(member.bucket() + "/" + member.key()),
            pastNulls.get(new BucketKey(member.bucket(), member.key())));
    var decision = CommitDecision.decide(member, seen);
    boolean late =
        member.segments().stream()
            .anyMatch(segment -> segment.locations().stream().anyMatch(condemned::contains));
    return late && !(decision instanceof Known) ? new Refused(Condemned.refusal()) : decision;
  }

  /// Inserts the keys that are new. Whoever inserted one of them first, after our look, wins.
  private Future<List<CommitDecision>> create(SqlConnection tx, List<CommitDecision> decisions) {
    var indexes = new ArrayList<Integer>();
    for (int i = 0; i < members.size(); i++) {
      if (decisions.get(i) instanceof Create) {
        indexes.add(i);
      }
    }
    List<CommitDecision> left = new ArrayList<>(decisions);
    if (indexes.isEmpty()) {
      return Future.succeededFuture(left);
    }
    indexes.sort(
        Comparator.<Integer, String>comparing(i -> members.get(i).bucket())
            .thenComparing(i -> members.get(i).key(), Ordering.BY_CODE_POINT));
    var keys = ObjectRows.headGrid();
    for (int i : indexes) {
      if (decisions.get(i) instanceof Create(var bucketId, var nullVersion)) {
        ObjectRows.addHead(keys, birth(members.get(i), bucketId, nullVersion));
      }
    }
    return Db.run(tx, ObjectRows.CREATE_HEADS, keys.values())
        .map(rows -> {
          var inserted = inserted(rows);
          for (int i : indexes) {
            if (!inserted.contains(Ids.uuid(members.get(i).versionId()))) {
              left.set(i, new Raced());
            }
          }
          return left;
        });
  }

  private static List<UUID> inserted(RowSet<Row> rows) {
    var ids = new ArrayList<UUID>();
    rows.forEach(row -> ids.add(row.getUUID(0)));
    return ids;
  }

  private static Tick.Birth birth(CommitObject member, int bucketId, boolean nullVersion) {
    return new Tick.Birth(
        Ids.uuid(member.versionId()),
        bucketId,
        member.key(),
        ObjectRows.kept(member.info()),
        member.segments().size(),
        List.of(),
        false,
        nullVersion);
  }

  private Future<List<Outcome>> write(SqlConnection tx, List<CommitDecision> decisions) {
    var replaced = ObjectRows.headGrid();
    var past = new ArrayList<UUID>();
    var dead = new ArrayList<UUID>();
    var segments = new SegmentRows();
    var missed = new MissedShards();
    var tick = new Tick();
    var places = new int[members.size()];
    var refused = new ArrayList<String>();
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      switch (decisions.get(i)) {
        case Create(var bucketId, var nullVersion) -> {
          var birth = birth(member, bucketId, nullVersion);
          places[i] = enter(member, birth, List.of(), tick);
          keep(member, birth, segments, missed);
        }
        case Replace(var bucketId, var succession) -> {
          var birth = birth(member, bucketId, succession.nullVersion());
          places[i] = enter(member, birth, succession.dead(), tick);
          keep(member, birth, segments, missed);
          ObjectRows.addHead(replaced, birth);
          if (succession.past() != null) {
            past.add(succession.past());
          }
          dead.addAll(succession.dead());
        }
        case Refused _ -> refused.add(member.versionId());
        case Known _, Raced _ -> {}
      }
    }
    if (!refused.isEmpty()) {
      tick.change("writes-refused", new RefusedWrites(refused));
    }
    if (tick.isEmpty()) {
      return Future.succeededFuture(outcomes(decisions, places, 0));
    }
    var heads =
        replaced.isEmpty()
            ? Future.succeededFuture()
            : Db.run(tx, ObjectRows.REPLACE_HEADS, replaced.values());
    var gone = Future.all(ObjectRows.supersede(tx, past), Deaths.bury(tx, dead));
    var kept = Future.all(segments.insert(tx), missed.insert(tx), refuse(tx, refused));
    var rest = Future.all(heads, gone, kept);
    // Nothing dies in most batches, and then nothing that was sent can bring further statements.
    var base = dead.isEmpty() ? tick.take(tx) : rest.compose(_ -> tick.take(tx));
    return rest.compose(_ -> base).map(before -> outcomes(decisions, places, before));
  }

  static Future<?> refuse(SqlConnection tx, List<String> versionIds) {
    return versionIds.isEmpty()
        ? Future.succeededFuture()
        : Db.run(
            tx,
            "INSERT INTO refused_write SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING",
            (Object) versionIds.stream().map(Ids::uuid).toArray(UUID[]::new));
  }

  /// The member's place in the tick, from 1.
  private static int enter(CommitObject member, Tick.Birth birth, List<UUID> dead, Tick tick) {
    int place =
        tick.change(
            "object-committed",
            new Entered(
                member.bucket(),
                member.key(),
                member.versionId(),
                birth.info(),
                member.segments(),
                birth.nullVersion(),
                dead.stream().map(Ids::hex).toList()));
    tick.birth(birth);
    dead.forEach(tick::death);
    return place;
  }

  private static void keep(
      CommitObject member, Tick.Birth birth, SegmentRows rows, MissedShards missed) {
    rows.add(birth.versionId(), member.segments());
    missed.add(birth.bucketId(), member.segments());
  }

  private List<Outcome> outcomes(List<CommitDecision> decisions, int[] places, long base) {
    var outcomes = new ArrayList<Outcome>();
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      outcomes.add(
          switch (decisions.get(i)) {
            case Known(var committed) -> new Outcome.Done(committed);
            case Refused(var failure) -> new Outcome.Refused(failure);
            case Create(_, var nullVersion) -> done(member, base + places[i], nullVersion);
            case Replace(_, var succession) ->
                done(member, base + places[i], succession.nullVersion());
            case Raced _ -> new Outcome.Again();
          });
    }
    return outcomes;
  }

  private Outcome done(CommitObject member, long seq, boolean nullVersion) {
    var bucket = buckets.get(member.bucket());
    var versioning = bucket == null ? Versioning.NEVER : bucket.versioning();
    return new Outcome.Done(
        new Committed(
            member.versionId(),
            seq,
            ObjectRows.kept(member.info()),
            versioning.publicId(Ids.uuid(member.versionId()), nullVersion)));
  }
}
