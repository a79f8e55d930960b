package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.Failure;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has files read and hashed in the background, so that it becomes known which copies are the same:
/// those of which there is more than one of a size, one at a time on each origin. What does not
/// find room here is met again by whoever asks for it next.
final class Hasher {
  private static final Logger LOG = LoggerFactory.getLogger(Hasher.class);
  private static final int WAITING_MAX = 10_000;

  private record Wanted(String originId, String path, FileStamp stamp) {}

  private final Proving proving;
  private final long bytesPerSecond;
  private final Map<String, Queue<Wanted>> waiting = new HashMap<>();
  private final Set<Wanted> known = new HashSet<>();
  private final Set<String> busy = new HashSet<>();

  Hasher(Proving proving, long bytesPerSecond) {
    this.proving = proving;
    this.bytesPerSecond = bytesPerSecond;
  }

  /// All copies of one key.
  void want(List<Seen> copies) {
    if (copies.size() < 2) {
      return;
    }
    var sizes =
        copies.stream()
            .collect(
                Collectors.groupingBy(seen -> seen.stamp().sizeBytes(), Collectors.counting()));
    for (var copy : copies) {
      if (copy.wantsReading() && sizes.getOrDefault(copy.stamp().sizeBytes(), 0L) > 1) {
        add(new Wanted(copy.source().originId(), copy.path(), copy.stamp()));
      }
    }
  }

  private void add(Wanted wanted) {
    if (known.size() < WAITING_MAX && known.add(wanted)) {
      waiting.computeIfAbsent(wanted.originId(), _ -> new ArrayDeque<>()).add(wanted);
      next(wanted.originId());
    }
  }

  private void next(String originId) {
    var queue = waiting.get(originId);
    if (queue == null || busy.contains(originId)) {
      return;
    }
    var wanted = queue.poll();
    if (wanted == null) {
      waiting.remove(originId);
      return;
    }
    busy.add(originId);
    proving
        .prove(originId, wanted.path(), wanted.stamp(), bytesPerSecond)
        .onFailure(cause ->
            LOG.debug(
                "not hashed origin={} path={} reason={}",
                originId,
                wanted.path(),
                Failure.from(cause).text()))
        .onComplete(_ -> {
          known.remove(wanted);
          busy.remove(originId);
          next(originId);
        });
  }
}
