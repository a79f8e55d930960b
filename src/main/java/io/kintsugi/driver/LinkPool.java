package io.kintsugi.driver;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The connections that one driver has to its server. Each may serve several users at a time, but
/// as long as there is room for another one, each user gets one for himself.
///
/// @param <C> a connection; closing it ends what is under way on it, and does not wait
final class LinkPool<C extends Closeable> {
  interface Maker<C> {
    /// Connects within the deadline, or throws.
    C connect(Deadline deadline) throws DriverException;

    /// Whether a connection can still be used, as far as can be told without asking the server.
    boolean isUsable(C connection);
  }

  interface Work<C, T> {
    T call(C connection) throws DriverException;
  }

  /// A connection in use, to be given back once.
  final class Lease implements AutoCloseable {
    private final Link link;
    private boolean returned;

    private Lease(Link link) {
      this.link = link;
    }

    C connection() {
      return link.connection;
    }

    /// Whether it had served before this lease.
    boolean isUsed() {
      return link.leases > 1;
    }

    /// After a fault that says that nothing good comes from this connection any more. Nobody gets
    /// it from now on; it is cut as soon as the others who use it are done.
    void discard() {
      lock.lock();
      try {
        forget(link);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      boolean last = false;
      lock.lock();
      try {
        if (!returned) {
          returned = true;
          link.users--;
          link.lastUseNanos = System.nanoTime();
          last = link.users == 0 && leaving.remove(link);
        }
      } finally {
        lock.unlock();
      }
      if (last) {
        Closing.quietly(link.connection);
      }
    }
  }

  private final class Link {
    private final C connection;
    private final long bornNanos = System.nanoTime();
    private long lastUseNanos = bornNanos;
    private long leases;
    private int users;

    Link(C connection) {
      this.connection = connection;
    }
  }

  private final LinkSettings settings;
  private final Maker<C> maker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Link> links = new ArrayList<>();

  /// Given up, but with users still.
  private final List<Link> leaving = new ArrayList<>();

  private int connecting;
  private boolean closed;

  LinkPool(LinkSettings settings, Maker<C> maker) {
    this.settings = settings;
    this.maker = maker;
  }

  /// Runs work on a connection. What may be done twice is done once more on a new one if the first
  /// had served before and turns out to be dead.
  <T> T run(String name, boolean repeatable, Work<C, T> work) throws DriverException {
    return open(
        name,
        repeatable,
        lease -> {
          T value = work.call(lease.connection());
          lease.close();
          return value;
        });
  }

  interface Opening<C extends Closeable, T> {
    T open(LinkPool<C>.Lease lease) throws DriverException;
  }

  /// Opens something that keeps its connection, and gives the lease back by itself. What may be
  /// done twice is done once more as by [#run].
  <T> T open(String name, boolean repeatable, Opening<C, T> opening) throws DriverException {
    var lease = lease(name);
    try {
      return attempt(lease, opening);
    } catch (DriverException e) {
      if (!repeatable || !lease.isUsed() || !(e.fault() instanceof Fault.Disconnected)) {
        throw e;
      }
    }
    return attempt(fresh(name), opening);
  }

  private <T> T attempt(Lease lease, Opening<C, T> opening) throws DriverException {
    boolean opened = false;
    try {
      T value = opening.open(lease);
      opened = true;
      return value;
    } catch (DriverException e) {
      if (isBroken(e.fault())) {
        lease.discard();
      }
      throw e;
    } finally {
      if (!opened) {
        lease.close();
      }
    }
  }

  static boolean isBroken(Fault fault) {
    return fault instanceof Fault.Timeout || fault instanceof Fault.Disconnected;
  }

  /// A connection that served before is not trusted any more.
  private Lease fresh(String name) throws DriverException {
    lock.lock();
    try {
      List.copyOf(links).forEach(this::forget);
    } finally {
      lock.unlock();
    }
    return lease(name);
  }

  Lease lease(String name) throws DriverException {
    var deadline = Deadline.in(name, settings.timeout());
    var found = find(deadline);
    return found != null ? found : connect(deadline);
  }

  /// Null if the asker is to make a connection.
  private @Nullable Lease find(Deadline deadline) throws DriverException {
    lock.lock();
    try {
      while (true) {
        requireOpen(deadline.name());
        prune();
        var least = leastUsed();
        boolean room = links.size() + connecting < settings.connections();
        if (least != null && (least.users == 0 || !room)) {
          return use(least);
        }
        if (room) {
          connecting++;
          return null;
        }
        if (!changed.await(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
          throw new DriverException(new Fault.Timeout(deadline.name()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DriverException(new Fault.Disconnected(deadline.name(), "interrupted"), e);
    } finally {
      lock.unlock();
    }
  }

  private Lease connect(Deadline deadline) throws DriverException {
    C connection = null;
    try {
      connection = maker.connect(deadline);
    } finally {
      lock.lock();
      try {
        connecting--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    return admit(deadline.name(), connection);
  }

  private Lease admit(String name, C connection) throws DriverException {
    lock.lock();
    try {
      if (closed) {
        Closing.quietly(connection);
      }
      requireOpen(name);
      var link = new Link(connection);
      links.add(link);
      return use(link);
    } finally {
      lock.unlock();
    }
  }

  private Lease use(Link link) {
    link.users++;
    link.leases++;
    return new Lease(link);
  }

  private @Nullable Link leastUsed() {
    Link least = null;
    for (var link : links) {
      if (least == null || link.users < least.users) {
        least = link;
      }
    }
    return least;
  }

  /// Gives up what is dead or old.
  private void prune() {
    long now = System.nanoTime();
    for (var link : List.copyOf(links)) {
      boolean old = now - link.bornNanos > settings.maxAge().toNanos();
      boolean idle = link.users == 0 && now - link.lastUseNanos > settings.idle().toNanos();
      if (old || idle || !maker.isUsable(link.connection)) {
        forget(link);
      }
    }
  }

  /// Under the lock.
  private void forget(Link link) {
    if (!links.remove(link)) {
      return;
    }
    changed.signalAll();
    if (link.users > 0) {
      leaving.add(link);
    } else {
      Closing.quietly(link.connection);
    }
  }

  void requireOpen(String name) throws DriverException {
    lock.lock();
    try {
      if (closed) {
        throw new DriverException(new Fault.Disconnected(name, "closed"));
      }
    } finally {
      lock.unlock();
    }
  }

  /// How many connections there are just now.
  int size() {
    lock.lock();
    try {
      return links.size();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    List<Link> rest;
    lock.lock();
    try {
      closed = true;
      rest = new ArrayList<>(links);
      rest.addAll(leaving);
      links.clear();
      leaving.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    rest.forEach(link -> Closing.quietly(link.connection));
  }
}
