package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.FindUnknown;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListLeaves;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.journal.FooterReading.Sound;
import io.kintsugi.journal.NameWalk.Copy;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds versions that lie whole on the origins and that no change tells of: what was written in
/// the second before the catalog was lost. Whether they were ever answered for is not known.
final class Strays {
  private static final Logger LOG = LoggerFactory.getLogger(Strays.class);
  private static final int ASK_MAX = 5_000;

  private final World world;
  private final FooterReading footers;
  private final Map<String, List<Copy>> unknown = new TreeMap<>();
  private final Map<String, List<Sound>> versions = new TreeMap<>();
  private int unfinished;

  Strays(World world, KeyRing keys) {
    this.world = world;
    footers = new FooterReading(world, keys);
  }

  Future<Void> adopt(List<String> adopted, List<String> refused) {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(list -> {
          var ours = list.origins().stream().filter(Strays::isOurs).toList();
          var ids = ours.stream().map(OriginState::id).toList();
          return Steps.each(ours, this::walk)
              .compose(_ -> Steps.each(List.copyOf(unknown.values()), this::read))
              .compose(_ -> Steps.each(inTheirOrder(), of -> judge(of, ids, adopted, refused)));
        })
        .onSuccess(_ -> {
          if (unfinished > 0) {
            refused.add(unfinished + " writes that were never finished");
          }
        });
  }

  private static boolean isOurs(OriginState origin) {
    return origin.marker().equals("ours") && origin.incarnation() != null;
  }

  private Future<?> walk(OriginState origin) {
    var incarnation = Objects.requireNonNull(origin.incarnation(), "ours has an incarnation");
    return world
        .bus()
        .ask(OriginContract.LIST_LEAVES.at(origin.id()), new ListLeaves(incarnation))
        .compose(leaves ->
            Steps.each(
                leaves.leaves(),
                leaf -> NameWalk.of(world, origin.id(), incarnation, leaf).compose(this::sift)))
        .compose(_ -> new PackSearch(world, origin.id(), incarnation).run(this::sift))
        .recover(cause -> {
          LOG.warn("origin={} not searched: {}", origin.id(), Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  private Future<?> sift(List<Copy> copies) {
    var ids = new HashSet<String>();
    copies.forEach(copy -> ids.add(copy.name().writeId().toString()));
    return Steps.each(
        Steps.pages(List.copyOf(ids), ASK_MAX),
        page ->
            world
                .bus()
                .ask(CatalogJournalContract.FIND_UNKNOWN, new FindUnknown(page))
                .onSuccess(answer -> {
                  var strays = new HashSet<>(answer.writeIds());
                  for (var copy : copies) {
                    var id = copy.name().writeId().toString();
                    if (strays.contains(id)) {
                      unknown.computeIfAbsent(id, _ -> new ArrayList<>()).add(copy);
                    }
                  }
                }));
  }

  /// As they were begun: of two that bear one key, the later one stays.
  private List<List<Sound>> inTheirOrder() {
    return versions.values().stream()
        .sorted(
            Comparator.<List<Sound>, Instant>comparing(of -> draft(of).created())
                .thenComparing(of -> draft(of).writeId().toString()))
        .toList();
  }

  private static ManifestDraft draft(List<Sound> shards) {
    return shards.getFirst().manifest().draft();
  }

  private Future<?> read(List<Copy> copies) {
    var sound = new ArrayList<Sound>();
    return Steps.each(
            copies, copy -> footers.read(copy).onSuccess(found -> found.ifPresent(sound::add)))
        .onSuccess(_ -> {
          if (sound.isEmpty()) {
            unfinished++;
          }
          for (var shard : sound) {
            var draft = shard.manifest().draft();
            var owner = draft.version() == null ? draft.writeId().toString() : draft.version();
            versions.computeIfAbsent(owner, _ -> new ArrayList<>()).add(shard);
          }
        });
  }

  private Future<?> judge(
      List<Sound> shards, List<String> origins, List<String> adopted, List<String> refused) {
    var judged = StrayVersion.judge(shards, origins);
    var version = judged.version();
    if (version == null) {
      refused.add(String.valueOf(judged.refusal()));
      return Future.succeededFuture();
    }
    return world
        .bus()
        .ask(CatalogJournalContract.ADOPT_VERSION, version)
        .onSuccess(answer -> {
          if (answer.reason() == null) {
            adopted.add(judged.name());
          } else {
            refused.add(judged.name() + ": " + answer.reason());
          }
        });
  }
}
