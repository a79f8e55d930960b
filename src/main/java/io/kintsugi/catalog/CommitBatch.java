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
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Location;
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

/// One transaction with many commits of distinct keys. Three exchanges with the database: locks
/// (sessions by id, buckets, keys in byte order) and what they show; keys that are new; all the
/// rest, the seq last.
final class CommitBatch {
  private final List<CommitObject> members;
  private final Map<String, Long> lowWaters = new HashMap<>();
  private final Map<String, Integer> bucketIds = new HashMap<>();
  private final Map<String, Head> heads = new HashMap<>();
  private final Map<UUID, KnownVersion> known = new HashMap<>();
  private final Set<Location> condemned = new HashSet<>();

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
    var keys = members.stream().map(m -> new ObjectRows.BucketKey(m.bucket(), m.key()));
    var headRows = Db.run(tx, ObjectRows.LOCK_HEADS, ObjectRows.headsToLock(keys));
    var versionIds = members.stream().map(m -> Ids.uuid(m.versionId())).toArray(UUID[]::new);
    var knownRows = Db.run(tx, ObjectRows.FIND_VERSIONS, (Object) versionIds);
    var places =
        Condemned.among(
            tx,
            members.stream()
                .flatMap(m -> m.segments().stream())
                .flatMap(s -> s.locations().stream()));
    return Future.all(sessionRows, bucketRows, headRows, knownRows, places)
        .map(_ -> {
          sessionRows.result().forEach(row -> lowWaters.put(row.getString(0), row.getLong(1)));
          bucketIds.putAll(bucketRows.result());
          headRows.result().forEach(this::readHead);
          knownRows.result().forEach(this::readKnown);
          condemned.addAll(places.result());
          return null;
        });
  }

  private void readHead(Row row) {
    heads.put(
        row.getString("name") + "/" + row.getString("key"),
        new Head(row.getUUID("version_id"), row.getString("etag")));
  }

  private void readKnown(Row row) {
    var versionId = row.getUUID("version_id");
    var committed = new Committed(Ids.hex(versionId), row.getLong("seq"), ObjectRows.info(row));
    known.put(
        versionId, new KnownVersion(row.getString("name") + "/" + row.getString("key"), committed));
  }

  private CommitDecision decide(CommitObject member) {
    var seen =
        new Seen(
            known.get(Ids.uuid(member.versionId())),
            lowWaters.get(member.sessionId()),
            bucketIds.get(member.bucket()),
            heads.get(member.bucket() + "/" + member.key()));
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
      if (decisions.get(i) instanceof Create(var bucketId)) {
        addHead(keys, bucketId, members.get(i));
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

  private static void addHead(Grid grid, int bucketId, CommitObject member) {
    ObjectRows.addHead(grid, bucketId, member.key(), member.versionId(), member.info());
  }

  private Future<List<Outcome>> write(SqlConnection tx, List<CommitDecision> decisions) {
    var replaced = ObjectRows.headGrid();
    var dead = new ArrayList<UUID>();
    var segments = new SegmentRows();
    var missed = new MissedShards();
    var tick = new Tick();
    var places = new int[members.size()];
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      switch (decisions.get(i)) {
        case Create(var bucketId) -> places[i] = enter(member, bucketId, segments, missed, tick);
        case Replace(var bucketId, var old) -> {
          places[i] = enter(member, bucketId, segments, missed, tick);
          addHead(replaced, bucketId, member);
          dead.add(old);
          tick.death(old);
        }
        case Known _, Refused _, Raced _ -> {}
      }
    }
    if (tick.isEmpty()) {
      return Future.succeededFuture(outcomes(decisions, places, 0));
    }
    var heads =
        replaced.isEmpty()
            ? Future.succeededFuture()
            : Db.run(tx, ObjectRows.REPLACE_HEADS, replaced.values());
    var rest = Future.all(heads, Deaths.bury(tx, dead), segments.insert(tx), missed.insert(tx));
    // Nothing dies in most batches, and then nothing that was sent can bring further statements.
    var base = dead.isEmpty() ? tick.take(tx) : rest.compose(_ -> tick.take(tx));
    return rest.compose(_ -> base).map(before -> outcomes(decisions, places, before));
  }

  /// The member's place in the tick, from 1.
  private static int enter(
      CommitObject member, int bucketId, SegmentRows rows, MissedShards missed, Tick tick) {
    var versionId = Ids.uuid(member.versionId());
    var info = ObjectRows.kept(member.info());
    rows.add(versionId, member.segments());
    missed.add(bucketId, member.segments());
    int place =
        tick.change(
            "object-committed",
            new ObjectEntry(
                member.bucket(), member.key(), member.versionId(), info, member.segments()));
    tick.birth(
        new Tick.Birth(
            versionId, bucketId, member.key(), info, member.segments().size(), List.of()));
    return place;
  }

  private List<Outcome> outcomes(List<CommitDecision> decisions, int[] places, long base) {
    var outcomes = new ArrayList<Outcome>();
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      outcomes.add(
          switch (decisions.get(i)) {
            case Known(var committed) -> new Outcome.Done(committed);
            case Refused(var failure) -> new Outcome.Refused(failure);
            case Create _, Replace _ ->
                new Outcome.Done(
                    new Committed(
                        member.versionId(), base + places[i], ObjectRows.kept(member.info())));
            case Raced _ -> new Outcome.Again();
          });
    }
    return outcomes;
  }
}
