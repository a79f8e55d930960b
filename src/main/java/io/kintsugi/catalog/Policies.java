package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogPolicyContract.ListPolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRow;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;

/// Policies as named documents; each change names the version that it replaces.
final class Policies {
  private final Db db;

  Policies(Db db) {
    this.db = db;
  }

  Future<PolicyRows> list(ListPolicyRows question) {
    return db.query("SELECT name, json, version FROM policy ORDER BY name")
        .map(rows -> {
          var policies = new ArrayList<PolicyRow>();
          rows.forEach(row -> policies.add(policy(row)));
          return new PolicyRows(policies);
        });
  }

  /// Saved again with the same words after a lost answer, it is answered the same.
  Future<PolicyRow> save(SavePolicyRow question) {
    Ids.requireText("policy", question.json());
    return db.tx(tx ->
        replace(tx, question)
            .compose(rows -> {
              if (rows.size() == 0) {
                return savedBefore(tx, question);
              }
              var saved = policy(rows.iterator().next());
              var tick = new Tick();
              tick.change("policy-saved", saved);
              return tick.take(tx).map(_ -> saved);
            }));
  }

  private static Future<RowSet<Row>> replace(SqlConnection tx, SavePolicyRow question) {
    if (question.replaces() == 0) {
      return Db.run(
          tx,
          "INSERT INTO policy (name, json, version) VALUES ($1, $2, 1)"
              + " ON CONFLICT DO NOTHING RETURNING name, json, version",
          question.name(),
          question.json());
    }
    return Db.run(
        tx,
        "UPDATE policy SET json = $2, version = version + 1"
            + " WHERE name = $1 AND version = $3 RETURNING name, json, version",
        question.name(),
        question.json(),
        question.replaces());
  }

  private static Future<PolicyRow> savedBefore(SqlConnection tx, SavePolicyRow question) {
    return Db.run(
            tx,
            "SELECT name, json, version FROM policy"
                + " WHERE name = $1 AND json = $2 AND version = $3",
            question.name(),
            question.json(),
            question.replaces() + 1)
        .map(rows -> {
          if (rows.size() == 0) {
            throw Ids.conflict(
                "policy",
                "policy " + question.name() + " does not have version " + question.replaces());
          }
          return policy(rows.iterator().next());
        });
  }

  private static PolicyRow policy(Row row) {
    return new PolicyRow(row.getString("name"), row.getString("json"), row.getLong("version"));
  }
}
