package io.kintsugi.journal;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Leaves;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginContract.Packs;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.contract.OriginJournalContract.JournalAppended;
import io.kintsugi.contract.OriginJournalContract.JournalBytes;
import io.kintsugi.contract.OriginJournalContract.JournalFile;
import io.kintsugi.contract.OriginJournalContract.JournalFiles;
import io.kintsugi.contract.OriginJournalContract.ReadJournal;
import io.kintsugi.contract.OriginJournalContract.RemoveJournal;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;

/// Origins whose journal folders lie in memory, played over the bus.
final class Disks {
  static final String INCARNATION = "00000000000000aa";

  final Set<String> full = ConcurrentHashMap.newKeySet();
  final Set<String> hung = ConcurrentHashMap.newKeySet();
  final Set<String> gone = ConcurrentHashMap.newKeySet();

  /// Their files are shorter by now than they are listed.
  final Set<String> shrunk = ConcurrentHashMap.newKeySet();

  /// Objects, which do not grow.
  final Set<String> objects = ConcurrentHashMap.newKeySet();

  private final Map<String, Map<String, byte[]>> folders = new ConcurrentSkipListMap<>();
  private final String cluster;

  Disks(Bus bus, String cluster, int count) {
    this.cluster = cluster;
    for (var id : IntStream.rangeClosed(1, count).mapToObj(i -> "disk-" + i).toList()) {
      folders.put(id, new ConcurrentSkipListMap<>());
      play(bus, id);
    }
    bus.answer(
        OriginContract.CHECK_ORIGIN, asked -> Future.succeededFuture(state(asked.originId())));
    bus.answer(OriginContract.LIST_ORIGINS, _ -> Future.succeededFuture(new Origins(states())));
  }

  private void play(Bus bus, String id) {
    bus.answer(OriginJournalContract.LIST_JOURNAL.at(id), _ -> answer(id, list(id)));
    bus.answer(OriginJournalContract.READ_JOURNAL.at(id), asked -> answer(id, read(id, asked)));
    bus.answer(OriginJournalContract.APPEND_JOURNAL.at(id), asked -> append(id, asked));
    bus.answer(OriginJournalContract.REMOVE_JOURNAL.at(id), asked -> remove(id, asked));
    bus.answer(OriginContract.LIST_LEAVES.at(id), _ -> answer(id, new Leaves(List.of())));
    bus.answer(OriginContract.LIST_PACKS.at(id), _ -> answer(id, new Packs(List.of())));
  }

  private List<OriginState> states() {
    return folders.keySet().stream().map(this::state).toList();
  }

  private OriginState state(String id) {
    var health = gone.contains(id) ? "unhealthy" : "healthy";
    boolean writable = !gone.contains(id) && !full.contains(id);
    return new OriginState(
        id,
        objects.contains(id) ? "s3" : "local",
        "/" + id,
        id,
        100,
        health,
        gone.contains(id) ? "unreadable" : "ours",
        gone.contains(id) ? null : INCARNATION,
        writable,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }

  private <T> Future<T> answer(String id, T answer) {
    if (hung.contains(id)) {
      return Promise.<T>promise().future();
    }
    return gone.contains(id)
        ? Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, "origin " + id + " is gone"))
        : Future.succeededFuture(answer);
  }

  Map<String, byte[]> files(String id) {
    var files = folders.get(id);
    if (files == null) {
      throw new IllegalArgumentException("no origin " + id);
    }
    return files;
  }

  /// The origins that bear a journal.
  List<String> bearers() {
    return folders.keySet().stream().filter(id -> !files(id).isEmpty()).toList();
  }

  /// Everything that lies there, to be put back later.
  Map<String, Map<String, byte[]>> copy() {
    var copy = new TreeMap<String, Map<String, byte[]>>();
    folders.forEach((id, files) -> copy.put(id, new TreeMap<>(files)));
    return copy;
  }

  private JournalFiles list(String id) {
    var files = files(id);
    return new JournalFiles(
        files.isEmpty() ? null : cluster,
        id,
        INCARNATION,
        files.entrySet().stream()
            .map(file -> new JournalFile(file.getKey(), listedBytes(id, file.getValue())))
            .toList());
  }

  private int listedBytes(String id, byte[] bytes) {
    return shrunk.contains(id) ? bytes.length + 100 : bytes.length;
  }

  private JournalBytes read(String id, ReadJournal asked) {
    var bytes = files(id).getOrDefault(asked.name(), new byte[0]);
    int from = (int) Math.min(bytes.length, asked.offset());
    int to = Math.min(bytes.length, from + asked.lengthBytes());
    return new JournalBytes(Payload.of(Arrays.copyOfRange(bytes, from, to)));
  }

  /// As a real one: bytes that found no room may lie there in part, and the name is taken.
  private Future<JournalAppended> append(String id, AppendJournal asked) {
    var files = files(id);
    var before = files.getOrDefault(asked.name(), new byte[0]);
    boolean taken = asked.offset() == 0 && files.containsKey(asked.name());
    if (taken || before.length != asked.offset()) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, asked.name() + " is taken"));
    }
    var more = new byte[asked.bytes().sizeBytes()];
    asked.bytes().view().get(more);
    int fits = full.contains(id) ? more.length / 2 : more.length;
    var after = Arrays.copyOf(before, before.length + fits);
    System.arraycopy(more, 0, after, before.length, fits);
    if (!gone.contains(id)) {
      files.put(asked.name(), after);
    }
    return full.contains(id)
        ? Future.failedFuture(Failure.of(FailureCode.STORAGE_ERROR, "origin " + id + " is full"))
        : answer(id, new JournalAppended(after.length, objects.contains(id) ? true : null));
  }

  private Future<Done> remove(String id, RemoveJournal asked) {
    asked.names().forEach(files(id)::remove);
    return answer(id, new Done());
  }
}
