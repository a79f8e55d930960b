package io.kintsugi.origin;

import io.kintsugi.driver.Driver.Change;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Gathers changes until nothing came for a while, and tells each name once, by what it was last.
/// What this process does itself is not told.
final class Settled {
  /// Nothing came for so long.
  static final Duration QUIET = Duration.ofMillis(200);

  /// Where something comes all the time, it is told so often nevertheless.
  static final Duration LONGEST = Duration.ofSeconds(2);

  /// Names that are gathered; of more it is only told that there were more.
  static final int NAMES_MAX = 2_000;

  private static final int NAMES_TOLD_AT_ONCE = 200;

  /// Some of what happened.
  record News(List<String> changed, List<String> vanished, List<String> unsure) {}

  private final World world;
  private final OwnNames own;
  private final Consumer<News> listener;

  /// Whether what bears the name is gone.
  private final Map<String, Boolean> names = new LinkedHashMap<>();

  private final Set<String> unsure = new LinkedHashSet<>();
  private World.Timer timer = () -> false;
  private long firstNanos;

  Settled(World world, OwnNames own, Consumer<News> listener) {
    this.world = world;
    this.own = own;
    this.listener = listener;
  }

  void note(Change change) {
    boolean idle = names.isEmpty() && unsure.isEmpty();
    if (!gather(change)) {
      return;
    }
    long now = world.nanos();
    if (idle) {
      firstNanos = now;
    }
    timer.cancel();
    long left = LONGEST.toNanos() - (now - firstNanos);
    timer = world.after(Duration.ofNanos(Math.clamp(left, 1, QUIET.toNanos())), this::tell);
  }

  /// False if nobody wants to know.
  private boolean gather(Change change) {
    return switch (change) {
      case Change.Appeared(var path, var folder) -> !folder && gather(path, false);
      case Change.Vanished(var path) -> gather(path, true);
      case Change.Overflowed(var folder) -> {
        unsure.add(folder);
        yield true;
      }
      case Change.Ended _ -> false;
    };
  }

  private boolean gather(String path, boolean gone) {
    if (Names.parse(path).isEmpty() || own.did(path, gone)) {
      return false;
    }
    if (names.size() >= NAMES_MAX && !names.containsKey(path)) {
      unsure.add(Names.OBJECTS);
    } else {
      names.put(path, gone);
    }
    return true;
  }

  private void tell() {
    var changed = new ArrayList<String>();
    var vanished = new ArrayList<String>();
    var unclear = List.copyOf(unsure);
    unsure.clear();
    for (var entry : Map.copyOf(names).entrySet()) {
      (entry.getValue() ? vanished : changed).add(entry.getKey());
      if (changed.size() + vanished.size() == NAMES_TOLD_AT_ONCE) {
        listener.accept(new News(List.copyOf(changed), List.copyOf(vanished), List.of()));
        changed.clear();
        vanished.clear();
      }
    }
    names.clear();
    if (!changed.isEmpty() || !vanished.isEmpty() || !unclear.isEmpty()) {
      listener.accept(new News(changed, vanished, unclear));
    }
  }

  void close() {
    timer.cancel();
    names.clear();
    unsure.clear();
  }
}
