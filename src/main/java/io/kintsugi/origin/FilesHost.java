package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.driver.Driver;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Answers for one origin that holds plain files, at `...@<its id>`.
final class FilesHost extends VerticleBase implements Host {
  private final OriginConfig settings;
  private final OriginConfig.Member member;
  private final Driver driver;
  private final Consumer<OriginState> listener;
  private final Tally tally = new Tally();
  private @Nullable OriginThreads threads;
  private @Nullable OriginThreads probing;
  private @Nullable FilePlace served;

  FilesHost(
      OriginConfig settings,
      OriginConfig.Member member,
      Driver driver,
      Consumer<OriginState> listener) {
    this.settings = settings;
    this.member = member;
    this.driver = driver;
    this.listener = listener;
  }

  @Override
  public Future<?> start() {
    var world = VertxWorld.of(vertx, config());
    var own =
        new OriginThreads(
            world, context, member.id(), settings.operationTimeout(), settings.threads());
    // Probes have a thread of their own: a busy origin must not look like a dead one.
    var probes =
        new OriginThreads(world, context, member.id() + "-probe", settings.operationTimeout(), 1);
    threads = own;
    probing = probes;
    var place = new FilePlace(world, settings, member, driver, own, probes, listener);
    served = place;
    var bus = world.bus();
    var id = member.id();
    var listing = new FileListing(place);
    bus.answer(FilesContract.LIST_FILES.at(id), listing::list);
    bus.answer(FilesContract.FIND_FILE.at(id), question -> listing.find(question.path()));
    bus.answer(
        FilesContract.READ_FILE.at(id),
        question -> tally.read(question.lengthBytes(), FileReading.start(place, question)));
    bus.answer(
        FilesContract.HASH_FILE.at(id),
        question -> tally.read(question.stamp().sizeBytes(), FileHashing.start(place, question)));
    new FileWriting(place, tally).answer(id);
    new MirrorDesk(place).open();
    Sweeping.ofFiles(world, place, own).start();
    bus.answer(RegistryContract.COUNT_WORK.at(id), _ -> Future.succeededFuture(tally.work()));
    bus.answer(OriginContract.CHECK_ORIGIN.at(id), _ -> place.check());
    bus.answer(OriginContract.REPLACE_ORIGIN.at(id), _ -> place.accept());
    // One whose figures nobody keeps cannot be judged by an operator's word against them.
    bus.answer(OriginHealthContract.GET_ORIGIN_HEALTH.at(id), _ -> notKept(id));
    bus.answer(OriginHealthContract.FORCE_HEALTH.at(id), _ -> notKept(id));
    world.every(settings.checkInterval(), place::check);
    return bus.registered().compose(_ -> place.check());
  }

  private static <A> Future<A> notKept(String id) {
    return Future.failedFuture(
        Failure.of(
            FailureCode.CONFLICT,
            "origin " + id + " holds plain files; no further figures of its health are kept",
            "what",
            "origin"));
  }

  @Override
  public Future<?> stop() {
    if (threads != null) {
      var own = threads;
      own.release(() -> {
        driver.close();
        return true;
      });
      own.close();
    }
    if (probing != null) {
      probing.close();
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<@Nullable OriginState> apply(OriginDefinition definition) {
    Promise<@Nullable OriginState> applied = Promise.promise();
    var caller = vertx.getOrCreateContext();
    context.runOnContext(_ -> {
      member.become(definition);
      var state = served == null ? null : served.state();
      caller.runOnContext(_ -> applied.complete(state));
    });
    return applied.future();
  }
}
