package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.CollectionHeld;
import io.kintsugi.contract.CatalogCollectContract.Litter;
import io.kintsugi.contract.CatalogCollectContract.NamesJudged;
import io.kintsugi.contract.CatalogCollectContract.OriginLitter;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.Remnants;
import io.kintsugi.contract.CatalogCollectContract.SegmentsRetired;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.NameTreated;
import io.kintsugi.contract.OriginCollectContract.NamesTreated;
import io.kintsugi.contract.OriginCollectContract.Quarantine;
import io.kintsugi.contract.OriginCollectContract.TreatNames;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.contract.OriginContract.Packs;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The catalog and two origins, `a` and `b`, as far as a collector can tell.
final class PlayedStore {
  static final long SIZE_BYTES = 100;
  static final long EPOCH = 17;
  static final long NAMES = 500;

  final Map<String, List<Remnant>> remnants = new ConcurrentHashMap<>();
  final Map<String, NamesJudged> judged = new ConcurrentHashMap<>();
  final Map<String, List<Verdict>> verdicts = new ConcurrentHashMap<>();
  final Map<String, String> brakes = new ConcurrentHashMap<>();
  final Map<String, String> told = new ConcurrentSkipListMap<>();
  final Map<String, Long> orphans = new ConcurrentHashMap<>();
  final Set<String> away = ConcurrentHashMap.newKeySet();
  final Set<String> stubborn = ConcurrentHashMap.newKeySet();
  final Set<String> unwell = ConcurrentHashMap.newKeySet();

  /// What was done, as `a remove <name>`, and what the catalog was told, as `a settled ...`.
  final List<String> log = new CopyOnWriteArrayList<>();

  /// Who collects instead.
  volatile @Nullable String held;

  /// How many verdicts came after the brake.
  volatile int verdictsSince;

  final PlayedPacks packs;
  private final Bus bus;

  PlayedStore(Bus bus) {
    this.bus = bus;
    packs = new PlayedPacks(bus, log);
    catalog();
    answer(OriginContract.LIST_ORIGINS, _ -> new Origins(List.of(state("a"), state("b"))));
    answer(OriginContract.CHECK_ORIGIN, question -> state(question.originId()));
    origin("a");
    origin("b");
  }

  private <Q extends Record, A extends Record> void answer(Call<Q, A> call, Function<Q, A> answer) {
    bus.answer(
        call,
        question -> {
          try {
            return Future.succeededFuture(answer.apply(question));
          } catch (Failure failure) {
            return Future.failedFuture(failure);
          }
        });
  }

  private OriginState state(String id) {
    return new OriginState(
        id,
        "local",
        "/" + id,
        id,
        100,
        unwell.contains(id) ? "unhealthy" : "healthy",
        "ours",
        "life-of-" + id,
        true,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        told.get(id),
        List.of());
  }

  private void catalog() {
    answer(
        CatalogCollectContract.HOLD_COLLECTION,
        question -> {
          var other = held;
          if (question.release() || other != null) {
            return new CollectionHeld(false, 0, 60_000, other);
          }
          return new CollectionHeld(true, EPOCH, 60_000, question.holder());
        });
    answer(
        CatalogCollectContract.RETIRE_SEGMENTS,
        _ -> {
          log.add("retire");
          return new SegmentsRetired(0, false);
        });
    answer(
        CatalogCollectContract.GET_LITTER,
        _ -> new Litter(List.of(litter("a"), litter("b")), 0, 1000));
    answer(
        CatalogCollectContract.LIST_REMNANTS,
        question -> {
          requireEpoch(question.epoch());
          return new Remnants(
              remnants.getOrDefault(question.originId(), List.of()).stream()
                  .skip(question.skip())
                  .limit(question.max())
                  .toList());
        });
    answer(
        CatalogCollectContract.CONFIRM_GONE,
        question -> {
          remnants.getOrDefault(question.originId(), List.of()).removeAll(question.remnants());
          log.add(
              "%s confirmed %d, %d bytes"
                  .formatted(
                      question.originId(), question.remnants().size(), question.freedBytes()));
          return new Done();
        });
    answer(
        CatalogCollectContract.NOTE_PACKS,
        question -> {
          question.packs().forEach(pack -> log.add(question.originId() + " seen " + pack.name()));
          return new Done();
        });
    answer(
        CatalogCollectContract.NOTE_QUARANTINE,
        question -> {
          question.names().forEach(name -> log.add(question.originId() + " held " + name));
          return new Done();
        });
    answer(
        CatalogCollectContract.JUDGE_NAMES,
        question -> {
          var answer = judged.remove(question.originId());
          return answer == null ? new NamesJudged(List.of(), List.of(), List.of(), null) : answer;
        });
    answer(
        CatalogCollectContract.SETTLE_NAMES,
        question -> {
          log.add(
              "%s settled quarantined=%s forgotten=%s freed=%d"
                  .formatted(
                      question.originId(),
                      question.quarantined().stream().map(moved -> moved.name()).toList(),
                      question.forgotten(),
                      question.freedBytes()));
          return new Done();
        });
    answer(
        CatalogCollectContract.LIST_VERDICTS,
        question ->
            new Verdicts(
                verdicts.getOrDefault(question.originId(), List.of()),
                brakes.get(question.originId()),
                verdictsSince,
                NAMES));
    answer(
        CatalogCollectContract.SET_BRAKE,
        question -> {
          put(brakes, question.originId(), question.reason());
          if (question.reason() == null) {
            verdicts.remove(question.originId());
          }
          return new Done();
        });
  }

  private static void requireEpoch(long epoch) {
    if (epoch != EPOCH) {
      throw Failure.of(FailureCode.CONFLICT, "held by another");
    }
  }

  private static void put(Map<String, String> map, String key, @Nullable String value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private OriginLitter litter(String id) {
    long many = orphans.getOrDefault(id, 0L);
    return new OriginLitter(id, 0, 0, many, many, 0, 0, 0, 0, many, brakes.get(id));
  }

  private void origin(String id) {
    answer(
        OriginCollectContract.BRAKE_ORIGIN.at(id),
        question -> {
          put(told, id, question.reason());
          return state(id);
        });
    answer(
        OriginContract.LIST_PACKS.at(id),
        _ ->
            new Packs(
                List.of(
                    new Pack("packs/0000000000000001-1", 9, false),
                    new Pack("packs/0000000000000001-2", 9, true))));
    answer(
        OriginCollectContract.LIST_QUARANTINE.at(id),
        _ -> new Quarantine(List.of("packs/0000000000000001-0"), null));
    treat(OriginCollectContract.REMOVE_NAMES, id, "remove");
    treat(OriginCollectContract.QUARANTINE_NAMES, id, "quarantine");
    treat(OriginCollectContract.RESTORE_NAMES, id, "restore");
  }

  private void treat(Call<TreatNames, NamesTreated> call, String id, String verb) {
    answer(
        call.at(id),
        question -> {
          if (away.contains(id) || !question.incarnation().equals("life-of-" + id)) {
            throw Failure.of(FailureCode.UNAVAILABLE, "origin " + id + " is away");
          }
          return new NamesTreated(
              question.names().stream().map(name -> treated(id, verb, name)).toList());
        });
  }

  private NameTreated treated(String id, String verb, String name) {
    log.add(id + " " + verb + " " + name);
    return stubborn.stream().anyMatch(name::contains)
        ? new NameTreated(name, false, false, 0, "I/O error")
        : new NameTreated(name, true, true, SIZE_BYTES, null);
  }
}
