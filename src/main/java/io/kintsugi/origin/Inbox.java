package io.kintsugi.origin;

import io.kintsugi.driver.Driver.Change;
import io.vertx.core.Context;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Takes changes from a thread of a watch to a verticle's context. It has room for so many; what
/// comes beyond is an overflow.
final class Inbox implements Consumer<Change> {
  private static final int ROOM = 4096;

  private final Context context;
  private final String folder;
  private final BiConsumer<Inbox, Change> listener;
  private final BlockingQueue<Change> waiting = new ArrayBlockingQueue<>(ROOM);
  private final AtomicBoolean lost = new AtomicBoolean();
  private final AtomicBoolean due = new AtomicBoolean();

  Inbox(Context context, String folder, BiConsumer<Inbox, Change> listener) {
    this.context = context;
    this.folder = folder;
    this.listener = listener;
  }

  @Override
  public void accept(Change change) {
    if (!waiting.offer(change)) {
      lost.set(true);
    }
    if (due.compareAndSet(false, true)) {
      context.runOnContext(_ -> drain());
    }
  }

  private void drain() {
    due.set(false);
    for (var next = waiting.poll(); next != null; next = waiting.poll()) {
      listener.accept(this, next);
    }
    if (lost.getAndSet(false)) {
      listener.accept(this, new Change.Overflowed(folder));
    }
  }
}
