package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogRegistryContract.ForcedWord;
import io.kintsugi.contract.CatalogRegistryContract.GetForcedHealth;
import io.kintsugi.contract.Done;
import io.vertx.core.Future;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/// What operators said of the health of origins. It is no part of the journal: what was said before
/// a catalog was rebuilt was said of another time.
final class ForcedWords {
  private final Db db;

  ForcedWords(Db db) {
    this.db = db;
  }

  Future<ForcedWord> get(GetForcedHealth question) {
    var id = question.originId();
    return db.query("SELECT state, until_when FROM forced_health WHERE origin_id = $1", id)
        .map(rows -> {
          if (rows.size() == 0) {
            return new ForcedWord(id, null, null);
          }
          var row = rows.iterator().next();
          return new ForcedWord(id, row.getString(0), row.getOffsetDateTime(1).toInstant());
        });
  }

  Future<Done> save(ForcedWord word) {
    var id = word.originId();
    var state = word.state();
    var until = word.until();
    var saved =
        state == null || until == null
            ? db.query("DELETE FROM forced_health WHERE origin_id = $1", id)
            : db.query(
                "INSERT INTO forced_health (origin_id, state, until_when) VALUES ($1, $2, $3)"
                    + " ON CONFLICT (origin_id) DO UPDATE SET state = $2, until_when = $3",
                id,
                state,
                OffsetDateTime.ofInstant(until, ZoneOffset.UTC));
    return saved.map(new Done());
  }
}
