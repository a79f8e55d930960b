package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.DefinitionRow;
import io.kintsugi.contract.CatalogRegistryContract.DropOrigin;
import io.kintsugi.contract.CatalogRegistryContract.ListDefinitions;
import io.kintsugi.contract.CatalogRegistryContract.OriginDropped;
import io.kintsugi.contract.CatalogRegistryContract.SaveDefinition;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.Map;

/// Origins as they were defined at run time. Credentials stand in a table of their own, which no
/// journal and no snapshot copies: where a catalog is rebuilt, they must be given again.
final class Definitions {
  private static final String COLUMNS = "definition::text, version";

  private static final String LIST =
      "SELECT d.definition::text, d.version, s.wrapped FROM origin_definition d"
          + " LEFT JOIN origin_secret s USING (origin_id) ORDER BY origin_id";

  /// Forgets everything of an origin but that it was there.
  private static final String FORGET =
      "WITH a AS (DELETE FROM origin_definition WHERE origin_id = $1),"
          + " b AS (DELETE FROM origin_secret WHERE origin_id = $1),"
          + " c AS (DELETE FROM origin_drain WHERE origin_id = $1),"
          + " d AS (DELETE FROM origin_absence WHERE origin_id = $1),"
          + " e AS (DELETE FROM origin_brake WHERE origin_id = $1),"
          + " f AS (DELETE FROM file_root WHERE origin_id = $1),"
          + " g AS (DELETE FROM tree_file WHERE origin_id = $1),"
          + " h AS (DELETE FROM forced_health WHERE origin_id = $1)"
          + " UPDATE origin SET state = 'removed' WHERE origin_id = $1";

  private final Db db;

  Definitions(Db db) {
    this.db = db;
  }

  Future<CatalogRegistryContract.Definitions> list(ListDefinitions question) {
    return db.query(LIST)
        .map(rows -> {
          var found = new ArrayList<DefinitionRow>();
          for (var row : rows) {
            found.add(new DefinitionRow(definition(row), row.getString("wrapped"), row.getLong(1)));
          }
          return new CatalogRegistryContract.Definitions(found);
        });
  }

  private static OriginDefinition definition(Row row) {
    return Json.decode(row.getString(0), OriginDefinition.class);
  }

  Future<DefinitionRow> save(SaveDefinition question) {
    var id = question.definition().id();
    var json = Json.text(question.definition());
    Ids.requireText("definition", json);
    return db.tx(tx ->
        Db.run(tx, "SELECT state FROM origin WHERE origin_id = $1 FOR SHARE", id)
            .compose(rows -> {
              if (rows.size() > 0 && rows.iterator().next().getString(0).equals("removed")) {
                throw Ids.conflict(
                    "origin", "an origin " + id + " was removed; its id is never used again");
              }
              return replace(tx, id, json, question.replaces());
            })
            .compose(rows -> {
              if (rows.size() == 0) {
                return savedBefore(tx, question);
              }
              var saved = new DefinitionRow(question.definition(), null, version(rows));
              var tick = new Tick();
              tick.change("origin-defined", saved);
              return secrets(tx, question).compose(_ -> tick.take(tx)).map(_ -> saved);
            }));
  }

  private static long version(RowSet<Row> rows) {
    return rows.iterator().next().getLong(1);
  }

  private static Future<RowSet<Row>> replace(
      SqlConnection tx, String id, String json, long replaces) {
    return replaces == 0
        ? Db.run(
            tx,
            "INSERT INTO origin_definition (origin_id, definition, version)"
                + " VALUES ($1, $2::text::jsonb, 1) ON CONFLICT DO NOTHING RETURNING "
                + COLUMNS,
            id,
            json)
        : Db.run(
            tx,
            "UPDATE origin_definition SET definition = $2::text::jsonb, version = version + 1"
                + " WHERE origin_id = $1 AND version = $3 RETURNING "
                + COLUMNS,
            id,
            json,
            replaces);
  }

  /// Saved again after a lost answer, it is answered the same.
  private static Future<DefinitionRow> savedBefore(SqlConnection tx, SaveDefinition question) {
    var id = question.definition().id();
    return Db.run(
            tx,
            "SELECT "
                + COLUMNS
                + " FROM origin_definition WHERE origin_id = $1 AND version = $2"
                + " AND definition = $3::text::jsonb",
            id,
            question.replaces() + 1,
            Json.text(question.definition()))
        .map(rows -> {
          if (rows.size() == 0) {
            throw Ids.conflict(
                "origin",
                question.replaces() == 0
                    ? "there is an origin " + id + " already"
                    : "origin " + id + " was changed by somebody else meanwhile");
          }
          return new DefinitionRow(question.definition(), null, version(rows));
        });
  }

  private static Future<?> secrets(SqlConnection tx, SaveDefinition question) {
    var id = question.definition().id();
    var wrapped = question.wrappedSecrets();
    return wrapped == null
        ? Db.run(tx, "DELETE FROM origin_secret WHERE origin_id = $1", id)
        : Db.run(
            tx,
            "INSERT INTO origin_secret (origin_id, wrapped) VALUES ($1, $2)"
                + " ON CONFLICT (origin_id) DO UPDATE SET wrapped = $2",
            id,
            wrapped);
  }

  static Future<?> replay(SqlConnection tx, DefinitionRow row) {
    return Db.run(
        tx,
        "INSERT INTO origin_definition (origin_id, definition, version)"
            + " VALUES ($1, $2::text::jsonb, $3)"
            + " ON CONFLICT (origin_id) DO UPDATE SET definition = $2::text::jsonb, version = $3",
        row.definition().id(),
        Json.text(row.definition()),
        row.version());
  }

  /// Asked again, it finds nothing more to do.
  Future<OriginDropped> drop(DropOrigin question) {
    var id = question.originId();
    return db.tx(tx ->
        Db.run(tx, "SELECT state FROM origin WHERE origin_id = $1 FOR UPDATE", id)
            .compose(_ -> requireNoTree(tx, question))
            .compose(_ -> Db.run(tx, Drains.LEFT, (Object) new String[] {id}))
            .compose(rows -> {
              long segments = rows.size() == 0 ? 0 : rows.iterator().next().getLong(1);
              if (segments > 0 && !question.force()) {
                throw new Failure(
                    FailureCode.CONFLICT,
                    "%d segments still have a shard on origin %s".formatted(segments, id),
                    Map.of(
                        "what",
                        "origin",
                        "segments",
                        Long.toString(segments),
                        "hint",
                        "drain it first, or say force=true if what lies there is lost"));
              }
              var gone = new AbsenceRows.ListedOrigin(id);
              var tick = new Tick();
              tick.change("origin-dropped", gone);
              return drop(tx, gone)
                  .compose(_ -> tick.take(tx))
                  .map(_ -> new OriginDropped(segments));
            }));
  }

  private static Future<?> requireNoTree(SqlConnection tx, DropOrigin question) {
    return Trees.on(tx, question.originId())
        .map(names -> {
          if (!names.isEmpty() && !question.force()) {
            throw new Failure(
                FailureCode.CONFLICT,
                "federated buckets lie on origin %s: %s"
                    .formatted(question.originId(), String.join(", ", names)),
                Map.of(
                    "what",
                    "origin",
                    "hint",
                    "take it out of their sources first, or say force=true"));
          }
          return names;
        });
  }

  static Future<?> drop(SqlConnection tx, AbsenceRows.ListedOrigin gone) {
    return Db.run(tx, FORGET, gone.originId());
  }
}
