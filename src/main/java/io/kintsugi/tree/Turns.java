package io.kintsugi.tree;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Lets those who change a key do so one after the other. Of other nodes the catalog takes care.
final class Turns {
  private final Map<String, Future<Void>> last = new HashMap<>();

  <T> Future<T> alone(String tree, String key, Supplier<Future<T>> work) {
    var name = tree + "/" + key;
    var before = last.getOrDefault(name, Future.succeededFuture());
    var mine = before.compose(_ -> work.get());
    Future<Void> over = mine.<Void>mapEmpty().otherwiseEmpty();
    last.put(name, over);
    over.onComplete(_ -> last.remove(name, over));
    return mine;
  }
}
