package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.GuardState;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the catalog from being used while it is not known to be what the origins know, or is known
/// not to be: then nothing is answered from it, and nothing written into it.
final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);
  private static final Set<String> CODES =
      Set.of("free", "unexamined", "lost", "behind", "forked", "other-cluster", "rebuilding");

  private final Db db;
  private final World world;
  private GuardState state;

  /// A guard; `guarded` if somebody will come and examine the catalog.
  Guard(Db db, World world, boolean guarded) {
    this.db = db;
    this.world = world;
    state =
        guarded
            ? new GuardState("unexamined", "it has not been compared with the origins yet")
            : new GuardState("free", null);
  }

  GuardState state() {
    return state;
  }

  /// Refuses what needs a catalog in use.
  void require() {
    if (!state.isFree()) {
      throw new Failure(
          FailureCode.UNAVAILABLE,
          "the catalog is not in use (" + state.code() + "): " + state.reason(),
          Map.of("what", "catalog", "code", state.code(), "hint", hint(state.code())));
    }
  }

  /// Refuses what would change a catalog in use.
  void requireHeld() {
    if (state.isFree()) {
      throw Ids.conflict("catalog", "the catalog is in use");
    }
  }

  private static String hint(String code) {
    return switch (code) {
      case "unexamined" -> "the node is starting; try again";
      case "other-cluster" -> "restore the database of this cluster, or remove the wrong one";
      case "forked" ->
          "'bin/kintsugi rebuild-catalog --from-empty' drops this catalog and takes the origins'";
      default ->
          "'bin/kintsugi rebuild-catalog' restores it from the origins; --dry-run shows what";
    };
  }

  Future<GuardState> set(SetGuard question) {
    if (!CODES.contains(question.code())) {
      throw Ids.invalid("no such state of the guard: " + question.code());
    }
    var id = question.clusterId();
    Future<?> adopted = id == null ? Future.succeededFuture() : adopt(id);
    return adopted.map(_ -> {
      var next = new GuardState(question.code(), question.reason());
      if (!next.equals(state)) {
        state = next;
        if (next.isFree()) {
          LOG.info("catalog in use");
        } else {
          LOG.error("catalog not in use code={} reason={}", next.code(), next.reason());
        }
        world.bus().publish(CatalogJournalContract.GUARD_MOVED, next);
      }
      return state;
    });
  }

  /// Only a catalog in which nothing ever happened can become another cluster's.
  private Future<?> adopt(String clusterId) {
    return db.query(
            "UPDATE cluster SET cluster_id = $1"
                + " WHERE cluster_id = $1 OR (SELECT seq FROM clock) = 0",
            clusterId)
        .map(rows -> {
          if (rows.rowCount() == 0) {
            throw Ids.conflict("cluster", "this catalog is that of another cluster");
          }
          return rows;
        });
  }
}
