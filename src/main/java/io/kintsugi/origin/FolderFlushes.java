package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.format.Names;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Flushes of leaf folders, shared: whoever asks while one runs shares the next, because the
/// running one may have begun before their name was made.
final class FolderFlushes {
  private record Flight(@Nullable Promise<Void> next) {}

  private final Driver driver;
  private final OriginThreads threads;
  private final Map<String, Flight> flights = new HashMap<>();

  /// Leaves whose own name is known to survive. Another process may have made a leaf and died
  /// before it flushed the folder above, so the first use in this life flushes that too.
  private final Set<String> settled = new HashSet<>();

  FolderFlushes(Driver driver, OriginThreads threads) {
    this.driver = driver;
    this.threads = threads;
  }

  /// Makes the one folder that all leaves lie in.
  Future<Void> makeRoot() {
    return threads
        .run(() -> {
          driver.createFolder(Names.OBJECTS);
          driver.flushFolder("");
          return true;
        })
        .mapEmpty();
  }

  /// Done when every name made in this leaf until now survives a loss of power.
  Future<Void> flush(String leaf) {
    var flight = flights.get(leaf);
    if (flight == null) {
      return begin(leaf);
    }
    if (flight.next() != null) {
      return flight.next().future();
    }
    Promise<Void> next = Promise.promise();
    flights.put(leaf, new Flight(next));
    return next.future();
  }

  private Future<Void> begin(String leaf) {
    flights.put(leaf, new Flight(null));
    boolean known = settled.contains(leaf);
    return threads
        .run(() -> {
          driver.flushFolder(Names.leafPath(leaf));
          if (!known) {
            driver.flushFolder(Names.OBJECTS);
          }
          return true;
        })
        .onSuccess(_ -> settled.add(leaf))
        .onComplete(_ -> proceed(leaf))
        .mapEmpty();
  }

  private void proceed(String leaf) {
    var flight = flights.remove(leaf);
    if (flight != null && flight.next() != null) {
      begin(leaf).onComplete(flight.next());
    }
  }
}
