package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.HashFile;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
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

  private final World world;
  private final long bytesPerSecond;
  private final Map<String, Queue<Wanted>> waiting = new HashMap<>();
  private final Set<Wanted> known = new HashSet<>();
  private final Set<String> busy = new HashSet<>();

  Hasher(World world, long bytesPerSecond) {
    this.world = world;
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
    hash(originId, wanted.path(), wanted.stamp())
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

  /// Reads a file and has its hash kept. Other bytes under the same size and time are told.
  private Future<FileRecord> hash(String originId, String path, FileStamp stamp) {
    return world
        .bus()
        .ask(FilesContract.HASH_FILE.at(originId), new HashFile(path, stamp, bytesPerSecond))
        .compose(hash ->
            world
                .bus()
                .ask(
                    CatalogTreeContract.SAVE_FILE_RECORD,
                    new SaveFileRecord(originId, path, stamp, hash.sha256())))
        .onSuccess(record -> {
          if (record.rotSha256() != null) {
            LOG.warn(
                "rot: the bytes changed while size and time did not origin={} path={}",
                originId,
                path);
          }
        });
  }
}
