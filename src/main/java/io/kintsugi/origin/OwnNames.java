package io.kintsugi.origin;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Names that this process touches just now or touched a moment ago, so that what is heard of them
/// is nobody else's doing.
final class OwnNames {
  /// Whoever watches hears so late of it at most.
  static final Duration LINGER = Duration.ofSeconds(2);

  /// Of names touched a moment ago. Those that fell out are looked at as others' would be.
  private static final int NAMES_MAX = 20_000;

  private final World world;
  private final Touched written = new Touched();
  private final Touched cleared = new Touched();

  OwnNames(World world) {
    this.world = world;
  }

  /// While a file is written. If it vanishes, that is somebody else's doing.
  <T> Future<T> writing(String name, Supplier<Future<T>> work) {
    return written.during(List.of(name), work);
  }

  /// While files are moved or removed.
  <T> Future<T> clearing(Collection<String> names, Supplier<Future<T>> work) {
    return cleared.during(names, work);
  }

  /// Whether it is this process that made what bears a name appear, or vanish.
  boolean did(String name, boolean gone) {
    return cleared.has(name) || (!gone && written.has(name));
  }

  /// Names touched in one way.
  private final class Touched {
    private final Map<String, Integer> busy = new HashMap<>();

    /// When each was done with, the oldest first.
    private final Map<String, Long> done = new LinkedHashMap<>();

    <T> Future<T> during(Collection<String> names, Supplier<Future<T>> work) {
      names.forEach(name -> busy.merge(name, 1, Integer::sum));
      Future<T> running;
      try {
        running = work.get();
      } catch (RuntimeException e) {
        names.forEach(this::end);
        throw e;
      }
      return running.onComplete(_ -> names.forEach(this::end));
    }

    private void end(String name) {
      busy.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
      done.remove(name);
      done.put(name, world.nanos());
      forget();
    }

    boolean has(String name) {
      forget();
      return busy.containsKey(name) || done.containsKey(name);
    }

    private void forget() {
      long horizon = world.nanos() - LINGER.toNanos();
      var oldest = done.entrySet().iterator();
      while (oldest.hasNext()) {
        if (oldest.next().getValue() > horizon && done.size() <= NAMES_MAX) {
          return;
        }
        oldest.remove();
      }
    }
  }
}
