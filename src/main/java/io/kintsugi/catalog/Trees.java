package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogTreeContract.DropTree;
import io.kintsugi.contract.CatalogTreeContract.LoadTrees;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Federated buckets as they were defined. They share their names with all other buckets.
final class Trees {
  private static final String COLUMNS = "name, definition::text, created, version";
  private static final int USUAL_COPIES = 2;

  /// One name is given at a time, whatever kind of bucket it is for.
  private static final String CLAIM_NAME = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))";

  /// What is said of a tree.
  ///
  /// @param replicationFactor null: nobody could say it yet when this was kept
  /// @param care null: nothing was
  private record Said(
      List<Source> sources,
      String conflicts,
      boolean writes,
      @Nullable Integer replicationFactor,
      @Nullable Care care) {
    Said {
      sources = List.copyOf(sources);
    }

    int copies() {
      return replicationFactor == null ? Math.min(USUAL_COPIES, sources.size()) : replicationFactor;
    }
  }

  private final Db db;

  Trees(Db db) {
    this.db = db;
  }

  /// The first statement of whoever makes a bucket: fails with CONFLICT if a tree has the name.
  static Future<?> requireNone(SqlConnection tx, String name) {
    return Db.run(tx, CLAIM_NAME, name)
        .compose(_ -> Db.run(tx, "SELECT FROM tree WHERE name = $1", name))
        .map(rows -> {
          if (rows.size() > 0) {
            throw Ids.conflict("bucket", "bucket " + name + " exists already");
          }
          return rows;
        });
  }

  Future<Tree> save(PutTree question) {
    var name = question.name();
    BucketRules.requireName(name);
    var said =
        new Said(
            question.sources(),
            question.conflicts(),
            question.writes(),
            question.replicationFactor(),
            question.care());
    var json = Json.text(said);
    Ids.requireText("definition", json);
    return db.tx(tx ->
        Db.run(tx, CLAIM_NAME, name)
            .compose(_ -> Db.run(tx, "SELECT FROM bucket WHERE name = $1", name))
            .compose(rows -> {
              if (rows.size() > 0) {
                throw Ids.conflict(
                    "bucket", "bucket " + name + " exists already, with objects of" + " its own");
              }
              return Db.run(tx, "SELECT " + COLUMNS + " FROM tree WHERE name = $1", name);
            })
            .compose(rows -> saved(tx, question, rows, json)));
  }

  private static Future<Tree> saved(
      SqlConnection tx, PutTree question, RowSet<Row> rows, String json) {
    var wanted = question.ifVersion();
    var old = rows.size() == 0 ? null : tree(rows.iterator().next());
    if (wanted != null && (old == null || wanted != old.version())) {
      throw Failure.of(
          FailureCode.PRECONDITION_FAILED,
          "tree " + question.name() + (old == null ? " is not there" : " was changed meanwhile"));
    }
    // Saved again after a lost answer, it is answered the same.
    if (old != null
        && old.sources().equals(question.sources())
        && old.conflicts().equals(question.conflicts())
        && old.writes() == question.writes()
        && old.replicationFactor() == Json.decode(json, Said.class).copies()
        && Objects.equals(old.care(), question.care())) {
      return Future.succeededFuture(old);
    }
    return Db.run(
            tx,
            "INSERT INTO tree (name, definition) VALUES ($1, $2::text::jsonb)"
                + " ON CONFLICT (name) DO UPDATE SET definition = excluded.definition,"
                + " version = tree.version + 1 RETURNING "
                + COLUMNS,
            question.name(),
            json)
        .compose(found -> {
          var tree = tree(found.iterator().next());
          var tick = new Tick();
          tick.change("tree-saved", tree);
          return tick.take(tx).map(_ -> tree);
        });
  }

  private static Tree tree(Row row) {
    var said = Json.decode(row.getString(1), Said.class);
    return new Tree(
        row.getString(0),
        said.sources(),
        said.conflicts(),
        row.getOffsetDateTime(2).toInstant(),
        row.getLong(3),
        said.writes(),
        said.copies(),
        said.care());
  }

  Future<TreeContract.Trees> load(LoadTrees question) {
    return db.query("SELECT " + COLUMNS + " FROM tree ORDER BY name")
        .map(rows -> {
          var trees = new ArrayList<Tree>();
          rows.forEach(row -> trees.add(tree(row)));
          return new TreeContract.Trees(trees);
        });
  }

  /// Asked again, it finds nothing to do.
  Future<Done> drop(DropTree question) {
    return db.tx(tx ->
        drop(tx, question)
            .compose(rows -> {
              if (rows.rowCount() == 0) {
                return Future.succeededFuture(new Done());
              }
              var tick = new Tick();
              tick.change("tree-dropped", question);
              return tick.take(tx).map(_ -> new Done());
            }));
  }

  static Future<RowSet<Row>> drop(SqlConnection tx, DropTree question) {
    return Db.run(tx, "DELETE FROM tree WHERE name = $1", question.name());
  }

  static Future<?> replay(SqlConnection tx, Tree tree) {
    return Db.run(
        tx,
        "INSERT INTO tree (name, definition, created, version) VALUES ($1, $2::text::jsonb, $3, $4)"
            + " ON CONFLICT (name) DO UPDATE SET definition = $2::text::jsonb, version = $4",
        tree.name(),
        Json.text(
            new Said(
                tree.sources(),
                tree.conflicts(),
                tree.writes(),
                tree.replicationFactor(),
                tree.care())),
        tree.created().atOffset(ZoneOffset.UTC),
        tree.version());
  }

  /// Names of the trees that lie on an origin.
  static Future<List<String>> on(SqlConnection tx, String originId) {
    return Db.run(
            tx,
            "SELECT name FROM tree, jsonb_array_elements(definition -> 'sources') s"
                + " WHERE s ->> 'originId' = $1 GROUP BY name ORDER BY name",
            originId)
        .map(rows -> {
          var names = new ArrayList<String>();
          rows.forEach(row -> names.add(row.getString(0)));
          return names;
        });
  }
}
