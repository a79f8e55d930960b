package io.kintsugi.origin;

import static io.kintsugi.contract.OriginContract.LIST_LEAVES;
import static io.kintsugi.contract.OriginContract.LIST_PACKED;
import static io.kintsugi.contract.OriginContract.LIST_PACKS;
import static io.kintsugi.contract.OriginContract.READ_RECORDS;
import static io.kintsugi.contract.OriginContract.READ_SHARD;
import static io.kintsugi.contract.OriginContract.VERIFY_EXTENT;
import static io.kintsugi.contract.OriginContract.VERIFY_RECORDS;
import static io.kintsugi.contract.OriginContract.VERIFY_SHARD;
import static io.kintsugi.contract.OriginContract.WRITE_RECORDS;
import static io.kintsugi.contract.OriginContract.WRITE_SHARD;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginContract.Leaves;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Retries;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Answers for one origin, at `...@<its id>`.
final class OriginHost extends AnyHost<Origin> {
  private final KeyRing keys;
  private final Consumer<OriginState> listener;
  private @Nullable Packs packs;
  private @Nullable Watch watch;

  OriginHost(
      OriginConfig settings,
      OriginConfig.Member member,
      KeyRing keys,
      Driver driver,
      Consumer<OriginState> listener) {
    super(settings, member, driver);
    this.keys = keys;
    this.listener = listener;
  }

  @Override
  Origin make(Means means) {
    return new Origin(means, keys, this::note);
  }

  @Override
  Future<?> serve(Means means, Origin origin) {
    var world = means.world();
    return origin
        .start()
        .compose(state -> {
          var names = new OwnNames(world);
          var terms = WatchTerms.of(member().settings());
          var watching = new Watch(context, origin, means.threads(), terms, names);
          watch = watching;
          watching.note(state);
          var opened = new Packs(origin);
          packs = opened;
          answer(world, origin, opened, names);
          Sweeping.ofShards(world, origin, means.threads()).start();
          return world.bus().registered();
        });
  }

  private void note(OriginState state) {
    if (watch != null) {
      watch.note(state);
    }
    listener.accept(state);
  }

  @Override
  public Future<?> stop() {
    if (watch != null) {
      watch.close();
    }
    Future<Void> ended = packs == null ? Future.succeededFuture() : packs.close();
    return ended.eventually(() -> super.stop().mapEmpty());
  }

  private void answer(World world, Origin origin, Packs packs, OwnNames own) {
    var bus = world.bus();
    var id = member().id();
    bus.answer(
        WRITE_SHARD.at(id),
        question -> {
          origin.requireWritable(question.incarnation());
          return own.writing(
              question.name(),
              () ->
                  tally()
                      .written(
                          question.sizeBytes(),
                          origin.guarded(
                              Operation.WRITE, () -> ShardWriting.start(origin, question))));
        });
    bus.answer(
        WRITE_RECORDS.at(id),
        question -> {
          origin.requireWritable(question.incarnation());
          return tally()
              .written(
                  Packs.bytes(question),
                  origin.guarded(Operation.WRITE, () -> packs.write(question)));
        });
    bus.answer(
        READ_SHARD.at(id),
        question -> {
          origin.requireReadable(question.incarnation());
          return tally()
              .read(
                  question.lengthBytes(),
                  origin.guarded(
                      Operation.READ, () -> ShardReading.start(origin, packs.handles(), question)));
        });
    bus.answer(
        READ_RECORDS.at(id),
        question -> {
          origin.requireReadable(question.incarnation());
          return origin.guarded(Operation.READ, () -> RecordReading.of(origin, question));
        });
    bus.answer(VERIFY_SHARD.at(id), question -> verify(origin, question));
    bus.answer(VERIFY_EXTENT.at(id), question -> verify(origin, question));
    bus.answer(LIST_LEAVES.at(id), question -> leaves(origin, question.incarnation()));
    bus.answer(LIST_PACKS.at(id), question -> listed(origin, () -> packs.list(question)));
    bus.answer(LIST_PACKED.at(id), question -> PackWalk.at(origin, question));
    bus.answer(VERIFY_RECORDS.at(id), question -> PackLook.at(origin, question));
    var clearing = new Clearing(origin, packs::isOpen, packs.handles()::close);
    bus.answer(
        OriginCollectContract.REMOVE_NAMES.at(id),
        question -> own.clearing(question.names(), () -> clearing.remove(question)));
    bus.answer(
        OriginCollectContract.QUARANTINE_NAMES.at(id),
        question -> own.clearing(question.names(), () -> clearing.quarantine(question)));
    bus.answer(
        OriginCollectContract.RESTORE_NAMES.at(id),
        question -> own.clearing(question.names(), () -> clearing.restore(question)));
    bus.answer(OriginCollectContract.LIST_QUARANTINE.at(id), clearing::list);
    bus.answer(
        OriginCollectContract.COPY_RECORDS.at(id), question -> Copying.at(origin, packs, question));
    bus.answer(
        OriginCollectContract.BRAKE_ORIGIN.at(id),
        question -> Future.succeededFuture(origin.brake(question.reason())));
    var journal = new JournalStore(origin);
    bus.answer(OriginJournalContract.LIST_JOURNAL.at(id), _ -> journal.list());
    bus.answer(OriginJournalContract.READ_JOURNAL.at(id), journal::read);
    bus.answer(OriginJournalContract.APPEND_JOURNAL.at(id), journal::append);
    bus.answer(OriginJournalContract.REMOVE_JOURNAL.at(id), journal::remove);
  }

  private static Future<ShardFinding> verify(Origin origin, VerifyShard question) {
    var packed = question.packed();
    if (packed != null) {
      OpenShard.requirePlace(packed);
    }
    origin.requireOurs(question.incarnation());
    if (question.bytesPerSecond() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a rate: " + question.bytesPerSecond());
    }
    var pace = new Pace(question.bytesPerSecond(), origin.world().nanos());
    return ShardLook.at(origin, ShardLook.parse(question.name()), packed, question.depth(), pace);
  }

  private static Future<Done> verify(Origin origin, VerifyExtent question) {
    origin.requireOurs(question.incarnation());
    if (!Names.isLeaf(question.leaf()) || question.bytesPerSecond() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a leaf: " + question.leaf());
    }
    new ExtentLook(origin, question, origin.world().blobs().connect(question.into())).start();
    return Future.succeededFuture(new Done());
  }

  private static Future<Leaves> leaves(Origin origin, String incarnation) {
    origin.requireOurs(incarnation);
    return listed(
        origin,
        () ->
            origin
                .open(() -> leaves(origin.driver()), _ -> {})
                .recover(cause -> Future.failedFuture(origin.fail(Operation.LIST, cause)))
                .map(Leaves::new));
  }

  /// A listing has no other source, so it is tried again; here, and nowhere else.
  private static <T> Future<T> listed(Origin origin, Supplier<Future<T>> listing) {
    return Retries.run(
        origin.world(), Retries.DELAYS, () -> origin.guarded(Operation.LIST, listing));
  }

  private static List<String> leaves(Driver driver) throws DriverException {
    try {
      return driver.list(Names.OBJECTS).stream().filter(Names::isLeaf).sorted().toList();
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return List.of();
      }
      throw e;
    }
  }
}
