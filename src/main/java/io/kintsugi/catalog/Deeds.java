package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogDeedContract.ClaimDeeds;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.FindDeeds;
import io.kintsugi.contract.CatalogDeedContract.ListDeeds;
import io.kintsugi.contract.CatalogDeedContract.OpenDeed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.CatalogDeedContract.SettleDeed;
import io.kintsugi.contract.CatalogDeedContract.UndoDeed;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was done to keys of federated buckets and has not reached each of their origins. Whatever
/// is left when those who did it are done is in the journal: a file that was deleted must not come
/// back with its origin, though the catalog was lost meanwhile.
final class Deeds {
  private static final int KEYS_MAX = 20_000;
  private static final int PAGE_MAX = 1000;

  /// Longer than whoever opened a deed, or was handed one, works on it.
  private static final String WORK = "interval '2 minutes'";

  private static final String HANDED = "interval '1 minute'";

  private static final String COLUMNS =
      "deed_id, tree, key, kind, sha256, size_bytes, made, open, places::text, prior::text";

  /// One key is dealt with at a time.
  private static final String CLAIM_KEY =
      "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 11))";

  private static final String OPEN =
      "INSERT INTO tree_deed (tree, key, deed_id, kind, sha256, size_bytes, open, places, prior,"
          + " rest_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb,"
          + " now() + "
          + WORK
          + ") ON CONFLICT (tree, key) DO UPDATE SET deed_id = excluded.deed_id,"
          + " kind = excluded.kind, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,"
          + " made = excluded.made, open = excluded.open, places = excluded.places,"
          + " prior = excluded.prior, rest_until = excluded.rest_until RETURNING "
          + COLUMNS;

  private static final String KEEP =
      "UPDATE tree_deed SET open = false, noted = true, places = $4::text::jsonb, prior = NULL,"
          + " rest_until = now() + $5 * interval '1 millisecond'"
          + " WHERE tree = $1 AND key = $2 AND deed_id = $3 RETURNING "
          + COLUMNS;

  private static final String RESTORE =
      "INSERT INTO tree_deed (tree, key, deed_id, kind, sha256, size_bytes, made, open, places,"
          + " noted) VALUES ($1, $2, $3, $4, $5, $6, $7, false, $8::text::jsonb, true)"
          + " ON CONFLICT (tree, key) DO UPDATE SET deed_id = $3, kind = $4, sha256 = $5,"
          + " size_bytes = $6, made = $7, open = false, places = $8::text::jsonb, prior = NULL,"
          + " noted = true, rest_until = now()";

  private static final String CLAIM =
      "UPDATE tree_deed d SET rest_until = now() + "
          + HANDED
          + " FROM (SELECT tree, key FROM tree_deed WHERE rest_until < now()"
          + " AND (open OR EXISTS (SELECT FROM jsonb_array_elements(places -> 'places') p"
          + " WHERE p ->> 'originId' = ANY($1))) ORDER BY rest_until LIMIT $2"
          + " FOR UPDATE SKIP LOCKED) c WHERE d.tree = c.tree AND d.key = c.key RETURNING "
          + "d.deed_id, d.tree, d.key, d.kind, d.sha256, d.size_bytes, d.made, d.open,"
          + " d.places::text, d.prior::text";

  private static final String WRITTEN =
      "INSERT INTO tree_file (origin_id, path, size_bytes, modified, tag, sha256)"
          + " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin_id, path) DO UPDATE SET"
          + " size_bytes = excluded.size_bytes, modified = excluded.modified, tag = excluded.tag,"
          + " sha256 = excluded.sha256, verified = excluded.verified, rot_sha256 = NULL";

  /// The places of a deed, as they are kept.
  private record Places(List<Place> places) {
    Places {
      places = List.copyOf(places);
    }
  }

  /// What is recorded of a key when something new is done to it.
  ///
  /// @param prior what holds if the new deed does not take place
  private record Old(Deed deed, @Nullable String prior) {}

  /// What a change of the journal says of a deed that is over.
  record Ended(String tree, String key, String id) {}

  private final Db db;

  Deeds(Db db) {
    this.db = db;
  }

  Future<Deed> open(OpenDeed wish) {
    Ids.requireKey(wish.key());
    wish.places().forEach(place -> Ids.requireText("path", place.path()));
    return db.tx(tx ->
        Db.run(tx, CLAIM_KEY, wish.tree(), wish.key())
            .compose(_ -> Db.run(tx, "SELECT FROM tree WHERE name = $1", wish.tree()))
            .compose(rows -> {
              if (rows.size() == 0) {
                throw Ids.noBucket(wish.tree());
              }
              return standing(tx, wish);
            })
            .compose(old -> opened(tx, wish, old)));
  }

  /// The deed of the key so far; null: none.
  private static Future<@Nullable Old> standing(SqlConnection tx, OpenDeed wish) {
    return Db.run(
            tx,
            "SELECT "
                + COLUMNS
                + ", rest_until > now() FROM tree_deed WHERE tree = $1 AND key = $2",
            wish.tree(),
            wish.key())
        .map(rows -> {
          if (rows.size() == 0) {
            return null;
          }
          var row = rows.iterator().next();
          var deed = deed(row);
          // Nothing is written over what may have been written: if it failed, too, nobody could
          // tell
          // which of the two was there before.
          boolean busy = row.getBoolean(10) || wish.open();
          if (deed.open() && busy && !deed.id().equals(wish.id())) {
            throw Ids.conflict(
                "key-busy", wish.key() + " is being written by somebody else; try again");
          }
          // Of one that is open nobody knows whether it holds: the one before it does.
          return new Old(deed, deed.open() ? row.getString(9) : Json.text(deed));
        });
  }

  private static Future<Deed> opened(SqlConnection tx, OpenDeed wish, @Nullable Old old) {
    if (old != null && old.deed().id().equals(wish.id())) {
      return Future.succeededFuture(old.deed());
    }
    return completed(tx, wish.places(), old)
        .compose(places ->
            Db.run(
                tx,
                OPEN,
                wish.tree(),
                wish.key(),
                Ids.uuid(wish.id()),
                wish.kind(),
                wish.sha256(),
                wish.sizeBytes(),
                wish.open(),
                Json.text(new Places(places)),
                old == null ? null : old.prior()))
        .map(rows -> deed(rows.iterator().next()));
  }

  /// What was known of files on silent origins; and of those that are about to be replaced nothing
  /// is known any more.
  private static Future<List<Place>> completed(
      SqlConnection tx, List<Place> places, @Nullable Old old) {
    var all = new ArrayList<Place>();
    Future<Void> done = Future.succeededFuture();
    for (var place : places) {
      done =
          done.compose(_ -> place.seen() ? Future.succeededFuture(place) : known(tx, place, old))
              .compose(found -> {
                all.add(found);
                return place.target()
                    ? Db.run(
                            tx,
                            "DELETE FROM tree_file WHERE origin_id = $1 AND path = $2"
                                + " AND rot_sha256 IS NULL",
                            place.originId(),
                            place.path())
                        .mapEmpty()
                    : Future.succeededFuture();
              });
    }
    return done.map(_ -> all);
  }

  private static Future<Place> known(SqlConnection tx, Place place, @Nullable Old old) {
    if (old != null) {
      for (var earlier : old.deed().places()) {
        if (earlier.originId().equals(place.originId())
            && earlier.path().equals(place.path())
            && earlier.stamp() != null) {
          return Future.succeededFuture(with(place, earlier.stamp()));
        }
      }
    }
    return Db.run(
            tx,
            "SELECT size_bytes, modified, tag FROM tree_file WHERE origin_id = $1 AND path = $2",
            place.originId(),
            place.path())
        .map(rows -> {
          if (rows.size() == 0) {
            return place;
          }
          var row = rows.iterator().next();
          return with(
              place,
              new FileStamp(row.getLong(0), Instant.parse(row.getString(1)), row.getString(2)));
        });
  }

  private static Place with(Place place, FileStamp stamp) {
    return new Place(place.originId(), place.path(), place.seen(), stamp, place.target());
  }

  Future<Done> settle(SettleDeed question) {
    return db.tx(tx ->
        Db.run(
                tx,
                "DELETE FROM tree_deed WHERE tree = $1 AND key = $2 AND deed_id = $3"
                    + " RETURNING noted",
                question.tree(),
                question.key(),
                Ids.uuid(question.id()))
            .compose(rows -> {
              if (rows.size() == 0) {
                return Future.succeededFuture(new Done());
              }
              boolean noted = rows.iterator().next().getBoolean(0);
              return written(tx, question.written())
                  .compose(_ -> noted ? ended(tx, question) : Future.succeededFuture(new Done()));
            }));
  }

  private static Future<Done> ended(SqlConnection tx, SettleDeed question) {
    var tick = new Tick();
    tick.change("deed-ended", new Ended(question.tree(), question.key(), question.id()));
    return tick.take(tx).map(_ -> new Done());
  }

  private static Future<Void> written(SqlConnection tx, List<SaveFileRecord> files) {
    Future<Void> done = Future.succeededFuture();
    for (var file : files) {
      done =
          done.compose(_ ->
              Db.run(
                      tx,
                      WRITTEN,
                      file.originId(),
                      file.path(),
                      file.stamp().sizeBytes(),
                      file.stamp().modified().toString(),
                      file.stamp().tag(),
                      file.sha256())
                  .mapEmpty());
    }
    return done;
  }

  Future<Done> keep(SettleDeed question) {
    return db.tx(tx ->
        Db.run(
                tx,
                KEEP,
                question.tree(),
                question.key(),
                Ids.uuid(question.id()),
                Json.text(new Places(question.places())),
                question.restMillis())
            .compose(rows -> {
              if (rows.size() == 0) {
                return Future.succeededFuture(new Done());
              }
              var deed = deed(rows.iterator().next());
              return written(tx, question.written())
                  .compose(_ -> {
                    var tick = new Tick();
                    tick.change("deed-kept", deed);
                    return tick.take(tx);
                  })
                  .map(_ -> new Done());
            }));
  }

  Future<Done> undo(UndoDeed question) {
    return db.tx(tx ->
        Db.run(
                tx,
                "DELETE FROM tree_deed WHERE tree = $1 AND key = $2 AND deed_id = $3"
                    + " RETURNING prior::text",
                question.tree(),
                question.key(),
                Ids.uuid(question.id()))
            .compose(rows -> {
              var prior = rows.size() == 0 ? null : rows.iterator().next().getString(0);
              return prior == null
                  ? Future.succeededFuture(new Done())
                  : replay(tx, Json.decode(prior, Deed.class)).map(_ -> new Done());
            }));
  }

  static Future<?> replay(SqlConnection tx, Deed deed) {
    return Db.run(
        tx,
        RESTORE,
        deed.tree(),
        deed.key(),
        Ids.uuid(deed.id()),
        deed.kind(),
        deed.sha256(),
        deed.sizeBytes(),
        deed.made().atOffset(ZoneOffset.UTC),
        Json.text(new Places(deed.places())));
  }

  /// Whatever was noted of the key before: a deed that another took the place of has no end of its
  /// own.
  static Future<?> end(SqlConnection tx, Ended ended) {
    return Db.run(
        tx, "DELETE FROM tree_deed WHERE tree = $1 AND key = $2", ended.tree(), ended.key());
  }

  Future<CatalogDeedContract.Deeds> find(FindDeeds question) {
    if (question.keys().size() > KEYS_MAX) {
      throw Ids.invalid("at most " + KEYS_MAX + " keys at once");
    }
    var keys = question.keys().stream().filter(Ids::isSound).toArray(String[]::new);
    return db.query(
            "SELECT " + COLUMNS + " FROM tree_deed WHERE tree = $1 AND key = ANY($2)",
            question.tree(),
            keys)
        .map(Deeds::deeds);
  }

  Future<CatalogDeedContract.Deeds> claim(ClaimDeeds question) {
    return db.query(
            CLAIM,
            question.originIds().toArray(String[]::new),
            Math.clamp(question.max(), 1, PAGE_MAX))
        .map(Deeds::deeds);
  }

  Future<CatalogDeedContract.Deeds> list(ListDeeds question) {
    return db.query(
            "SELECT "
                + COLUMNS
                + " FROM tree_deed WHERE tree = $1 AND key > $2 ORDER BY key LIMIT $3",
            question.tree(),
            question.afterKey() == null ? "" : question.afterKey(),
            Math.clamp(question.max(), 1, PAGE_MAX))
        .map(Deeds::deeds);
  }

  private static CatalogDeedContract.Deeds deeds(RowSet<Row> rows) {
    var deeds = new ArrayList<Deed>();
    rows.forEach(row -> deeds.add(deed(row)));
    return new CatalogDeedContract.Deeds(deeds);
  }

  private static Deed deed(Row row) {
    var prior = row.getString(9) == null ? null : Json.decode(row.getString(9), Deed.class);
    return new Deed(
        Ids.hex(row.getUUID(0)),
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getLong(5),
        row.getOffsetDateTime(6).toInstant(),
        row.getBoolean(7),
        Json.decode(row.getString(8), Places.class).places(),
        prior == null ? List.of() : prior.places(),
        prior == null ? null : prior.made());
  }
}
