package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.FilesChanged;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.driver.Driver.Change;
import io.kintsugi.driver.Driver.Watching;
import io.kintsugi.driver.Watches;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks out for what others do to the shards of one origin, as long as that is ours and well.
///
/// A watch that ended, and one whose origin was away meanwhile, is begun anew, and what may have
/// been missed is said to be unsure.
final class Watch {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration AGAIN = Duration.ofSeconds(5);

  /// Every folder is registered before anything is told, and looked through for folders.
  private static final Duration BEGINNING = Duration.ofMinutes(10);

  private final World world;
  private final Context context;
  private final Origin origin;
  private final OriginThreads threads;
  private final WatchTerms terms;
  private final Settled settled;
  private @Nullable Watching watching;
  private @Nullable String incarnation;
  private boolean beginning;
  private boolean missed;
  private boolean wanted;
  private boolean closed;

  /// Told by a thread of the watch, heard on the verticle's context.
  private @Nullable Inbox inbox;

  Watch(Context context, Origin origin, OriginThreads threads, WatchTerms terms, OwnNames own) {
    world = origin.world();
    this.context = context;
    this.origin = origin;
    this.threads = threads;
    this.terms = terms;
    settled = new Settled(world, own, this::tell);
  }

  /// Takes note of how the origin is now.
  void note(OriginState state) {
    boolean well = state.health().equals("healthy") || state.health().equals("degraded");
    wanted =
        terms.on()
            && !closed
            && well
            && state.marker().equals("ours")
            && state.incarnation() != null;
    if (watching != null && (!wanted || !Objects.equals(incarnation, state.incarnation()))) {
      letGo();
    }
    incarnation = state.incarnation();
    if (wanted && watching == null && !beginning) {
      begin();
    }
  }

  private void begin() {
    beginning = true;
    var ear = new Inbox(context, Names.OBJECTS, this::hear);
    inbox = ear;
    threads
        .run(
            BEGINNING,
            () ->
                Watches.begin(
                    origin.driver(),
                    Names.OBJECTS,
                    terms.interval(),
                    Watches.Told.OF_KNOWN_NAMES,
                    ear),
            Watching::close)
        .onComplete(begun -> {
          beginning = false;
          if (begun.failed()) {
            LOG.debug("origin={} not watched: {}", origin.id(), Failure.from(begun.cause()).text());
            again();
          } else if (closed || !wanted || ear != inbox) {
            release(begun.result());
          } else {
            took(begun.result());
          }
        });
  }

  private void took(Watching begun) {
    watching = begun;
    LOG.info("origin={} watched=true", origin.id());
    if (missed) {
      settled.note(new Change.Overflowed(Names.OBJECTS));
    }
    missed = true;
  }

  private void again() {
    world.after(
        AGAIN,
        () -> {
          if (wanted && !closed && watching == null && !beginning) {
            begin();
          }
        });
  }

  private void hear(Inbox from, Change change) {
    if (closed || from != inbox) {
      return;
    }
    if (change instanceof Change.Ended(var fault)) {
      LOG.info("origin={} watched=false reason=\"{}\"", origin.id(), fault.text());
      letGo();
      again();
      return;
    }
    settled.note(change);
  }

  private void tell(Settled.News news) {
    var life = incarnation;
    if (life != null && !closed) {
      world
          .bus()
          .publish(
              OriginContract.FILES_CHANGED,
              new FilesChanged(origin.id(), life, news.changed(), news.vanished(), news.unsure()));
    }
  }

  private void letGo() {
    var old = watching;
    watching = null;
    inbox = null;
    if (old != null) {
      release(old);
    }
  }

  private void release(Watching old) {
    threads.release(() -> {
      old.close();
      return true;
    });
  }

  /// Nothing is told any more.
  void close() {
    closed = true;
    wanted = false;
    settled.close();
    letGo();
  }
}
