package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/// Federated buckets: makes one tree of the files that lie on several origins, finds them and gives
/// them out. Configuration: `hashBytesPerSecond`, at which each origin's files are read in the
/// background to find out which are the same (50 MB/s; 0: no bound), and `careTickMillis`, how
/// often it is looked whether anything is due to be verified or made equal (5 s).
public final class TreeVerticle extends VerticleBase {
  private static final long HASH_BYTES_PER_SECOND = 50_000_000;
  private static final long CARE_TICK_MILLIS = 5_000;

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var origins = new Origins(world);
    var forest = new Forest(world, origins);
    var records = new Records(world);
    var rots = new Rots(world);
    var proving = new Proving(world, rots);
    var hasher = new Hasher(proving, config().getLong("hashBytesPerSecond", HASH_BYTES_PER_SECOND));
    var deeds = new Deeds(world);
    var finder = new Finder(world, origins, records, hasher, deeds);
    var reader = new Reader(world, origins, finder);
    var trees = new Trees(world, forest, origins, finder, proving, new Refresh(world));
    var turns = new Turns();
    var equalizer = new Equalizer(trees, records, hasher, turns);
    var verifier = new Verifier(trees, records);
    var mender = new Mender(trees, rots);
    new CareDesk(trees, verifier, mender, rots, equalizer).open();
    var bus = world.bus();
    bus.answer(TreeContract.PUT_TREE, forest::put);
    bus.answer(TreeContract.GET_TREE, question -> forest.find(question.name()));
    bus.answer(TreeContract.LIST_TREES, _ -> forest.list());
    bus.answer(TreeContract.DELETE_TREE, question -> forest.delete(question.name()));
    bus.answer(
        TreeContract.LIST_ENTRIES,
        question ->
            forest
                .find(question.bucket())
                .compose(tree ->
                    new Listing(world, origins, finder, records, hasher, tree, question).page()));
    bus.answer(
        TreeContract.FIND_ENTRY,
        question ->
            forest
                .find(question.bucket())
                .compose(tree -> finder.find(tree, question.key()))
                .map(Finder.Found::told));
    bus.answer(
        TreeContract.READ_ENTRY,
        question -> forest.find(question.bucket()).compose(tree -> reader.read(tree, question)));
    answerWrites(world, origins, forest, finder, deeds, turns);
    return Future.all(origins.start(), forest.start())
        .compose(_ -> bus.registered())
        .onSuccess(_ -> {
          long tickMillis = config().getLong("careTickMillis", CARE_TICK_MILLIS);
          verifier.start(tickMillis);
          mender.start();
          equalizer.start(tickMillis);
        });
  }

  private static void answerWrites(
      World world, Origins origins, Forest forest, Finder finder, Deeds deeds, Turns turns) {
    var figures = new Figures(world);
    var writer = new Writer(world, origins, finder, deeds, turns, figures);
    var remover = new Remover(world, finder, deeds, turns, figures);
    var bus = world.bus();
    bus.answer(
        TreeWriteContract.PUT_ENTRY,
        wish -> forest.find(wish.bucket()).compose(tree -> writer.put(tree, wish)));
    bus.answer(
        TreeWriteContract.DELETE_ENTRIES,
        wish -> forest.find(wish.bucket()).compose(tree -> remover.delete(tree, wish)));
    bus.answer(
        TreeWriteContract.LIST_PENDING,
        question ->
            forest
                .find(question.tree())
                .compose(_ -> bus.ask(CatalogDeedContract.LIST_DEEDS, question)));
    new Tending(world, forest, origins, finder, deeds, turns, figures).start();
  }
}
