package io.kintsugi.session;

import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.format.WriteId;
import java.util.HexFormat;
import java.util.TreeSet;

/// A right to write, and the ids that have been drawn under it. No id is drawn twice.
public final class WriteSession {
  private final String sessionId;
  private final long sessionBits;
  private final long leaseMillis;
  private final TreeSet<Long> held = new TreeSet<>();
  private long nextCounter = 1;
  private long goodUntilNanos;
  private boolean lost;

  WriteSession(Session session, long askedNanos) {
    sessionId = session.sessionId();
    sessionBits = HexFormat.fromHexDigitsToLong(sessionId);
    leaseMillis = session.leaseMillis();
    renewed(askedNanos);
  }

  /// Keeps the low-water mark below an id until what was written under it is decided.
  public final class Hold {
    private final WriteId first;

    private Hold(WriteId first) {
      this.first = first;
    }

    public WriteSession session() {
      return WriteSession.this;
    }

    public WriteId first() {
      return first;
    }

    public void release() {
      held.remove(first.counter());
    }
  }

  /// Draws an id and keeps low water from passing it, or any drawn later, until released.
  public Hold hold() {
    var hold = new Hold(draw());
    held.add(hold.first().counter());
    return hold;
  }

  public WriteId draw() {
    return new WriteId(sessionBits, nextCounter++);
  }

  /// No commit with a lower counter will be asked for again.
  long lowWater() {
    return held.isEmpty() ? nextCounter : held.first();
  }

  boolean isIdle() {
    return held.isEmpty();
  }

  public String sessionId() {
    return sessionId;
  }

  long leaseMillis() {
    return leaseMillis;
  }

  /// The lease counts from when it was asked for: the answer may have been long on its way.
  void renewed(long askedNanos) {
    goodUntilNanos = askedNanos + leaseMillis * 1_000_000;
  }

  void lose() {
    lost = true;
  }

  public boolean isGood(long nowNanos) {
    return !lost && nowNanos - goodUntilNanos < 0;
  }
}
