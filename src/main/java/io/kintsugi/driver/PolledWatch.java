package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Change;
import io.kintsugi.driver.Watches.Told;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells what changed in a folder of a place that does not tell by itself: walks through it now and
/// then, by one thread of its own, and compares names, sizes, times and tags with the walk before.
///
/// What it saw lies in files of this machine's temporary folder that bear no name, so memory is
/// that of one page, and nothing of it outlives the process. A walk that meets a fault goes on
/// where it stood; until it has come to its end nothing is told of it. So an outage ends no watch:
/// what changed meanwhile is told after it.
final class PolledWatch implements Driver.Watching {
  private static final Logger LOG = LoggerFactory.getLogger(PolledWatch.class);
  private static final int BATCH = 4096;
  private static final long JOIN_MILLIS = 5_000;

  /// @param interval rests so long between two walks
  record Manner(Duration interval, Told told) {}

  private final Driver driver;
  private final String folder;
  private final Manner manner;
  private final Consumer<Change> listener;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private volatile boolean closed;

  /// Of the watch's thread, as is what follows.
  private @Nullable Sighting before;

  private @Nullable Sighting growing;
  private @Nullable Walk walk;

  private PolledWatch(Driver driver, String folder, Manner manner, Consumer<Change> listener) {
    this.driver = driver;
    this.folder = folder;
    this.manner = manner;
    this.listener = listener;
    thread = Thread.ofPlatform().daemon().name("watch-" + folder).unstarted(this::run);
  }

  /// The first walk only learns what is there; what changes before it has passed is not told.
  static PolledWatch begin(Driver driver, String folder, Manner manner, Consumer<Change> listener) {
    var watch = new PolledWatch(driver, folder, manner, listener);
    watch.thread.start();
    return watch;
  }

  private void run() {
    try {
      while (!closed) {
        try {
          look();
        } catch (DriverException e) {
          LOG.debug("folder={} not walked to its end: {}", folder, e.fault().text());
          if (!isTemporary(e.fault())) {
            forget();
          }
        }
        rest();
      }
    } catch (IOException e) {
      if (!closed) {
        listener.accept(new Change.Ended(new Fault.Io(folder, "no room to note what was seen")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      forget();
      Closing.quietly(() -> close(before));
    }
  }

  /// Whether the walk may go on from where it stood.
  private static boolean isTemporary(Fault fault) {
    return fault instanceof Fault.Timeout
        || fault instanceof Fault.Throttled
        || fault instanceof Fault.TooManyFiles;
  }

  private void forget() {
    walk = null;
    var old = growing;
    growing = null;
    Closing.quietly(() -> close(old));
  }

  private static void close(@Nullable Sighting sighting) throws IOException {
    if (sighting != null) {
      sighting.close();
    }
  }

  private void look() throws DriverException, IOException {
    var on = walk;
    var seen = growing;
    if (on == null || seen == null) {
      on = new Walk(driver, folder, "");
      seen = Sighting.begin();
      walk = on;
      growing = seen;
    }
    boolean end = false;
    while (!end && !closed) {
      var batch = on.next(BATCH);
      for (var found : batch.found()) {
        seen.add(found);
      }
      end = batch.end();
    }
    if (!end) {
      return;
    }
    walk = null;
    growing = null;
    seen.end();
    var old = before;
    before = seen;
    if (old != null) {
      try (old) {
        Sighting.compare(old, seen, manner.told(), this::tell);
      }
    }
  }

  private void tell(Change change) {
    if (!closed) {
      listener.accept(change);
    }
  }

  private void rest() throws InterruptedException {
    long nanos = manner.interval().toNanos();
    lock.lock();
    try {
      while (!closed && nanos > 0) {
        nanos = ended.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    if (thread.equals(Thread.currentThread())) {
      return;
    }
    try {
      if (!thread.join(Duration.ofMillis(JOIN_MILLIS))) {
        // It waits for a place that does not answer.
        thread.interrupt();
        thread.join(JOIN_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
