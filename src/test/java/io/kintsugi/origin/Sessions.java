package io.kintsugi.origin;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Write sessions, as the catalog gives them.
final class Sessions {
  final List<String> opened = new CopyOnWriteArrayList<>();
  final List<String> closed = new CopyOnWriteArrayList<>();
  volatile long leaseMillis = 30_000;
  volatile boolean refuse;

  /// Every session counts as closed by somebody else from now on.
  volatile boolean lost;

  void answer(Bus bus) {
    bus.answer(CatalogContract.OPEN_SESSION, _ -> open());
    bus.answer(CatalogContract.RENEW_SESSION, question -> renew(question.sessionId()));
    bus.answer(
        CatalogContract.CLOSE_SESSION,
        question -> {
          closed.add(question.sessionId());
          return Future.succeededFuture(new Done());
        });
  }

  private Future<Session> open() {
    if (refuse) {
      return Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, "no catalog now"));
    }
    var id = HexFormat.of().toHexDigits(0xabcdef0000000000L + opened.size());
    opened.add(id);
    return Future.succeededFuture(new Session(id, leaseMillis));
  }

  private Future<Session> renew(String id) {
    return lost
        ? Future.failedFuture(Failure.of(FailureCode.CONFLICT, "closed by somebody"))
        : Future.succeededFuture(new Session(id, leaseMillis));
  }
}
