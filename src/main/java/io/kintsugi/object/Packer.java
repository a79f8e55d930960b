package io.kintsugi.object;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.AsyncResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gathers the small shards of all writes under way, so that one question and one flush of an
/// origin serve many. One question at a time is with each origin; what comes meanwhile goes into
/// the next.
final class Packer {
  private static final int QUESTION_BYTES_MAX = 4 << 20;
  private static final int QUESTION_RECORDS_MAX = 512;

  /// The longest that a question waits for company.
  private static final long LINGER_NANOS_MAX = 8_000_000;

  private final World world;
  private final Places places;
  private final Map<OriginRef, Lane> lanes = new HashMap<>();

  /// Small writes that are under way, from their first byte to their commit.
  private int underWay;

  /// As many were under way lately.
  private int expected;

  Packer(World world, Places places) {
    this.world = world;
    this.places = places;
  }

  /// A small write begins: it is company to be expected until it ends.
  void begun() {
    underWay++;
    expected = Math.max(expected, underWay);
  }

  void ended() {
    underWay--;
  }

  void add(PackedShard shard) {
    var to = new OriginRef(shard.location().originId(), shard.location().incarnation());
    lanes.computeIfAbsent(to, Lane::new).add(shard);
  }

  /// What goes to one life of one origin. It bears nothing but memory of writes that are admitted.
  private final class Lane {
    private final OriginRef origin;
    private final ArrayDeque<PackedShard> waiting = new ArrayDeque<>();
    private boolean asking;
    private long lastNanos;
    private World.@Nullable Timer lingering;

    Lane(OriginRef origin) {
      this.origin = origin;
    }

    void add(PackedShard shard) {
      waiting.add(shard);
      advance();
    }

    /// Waits for the greater part of those who write now, but no longer than half a flush: most of
    /// them come when the commit of the last ones has ended, and a flush for a few of them would
    /// only hold up the others. A lone write waits for nobody.
    private void advance() {
      if (asking || waiting.isEmpty()) {
        return;
      }
      if (4 * waiting.size() >= 3 * Math.min(expected, QUESTION_RECORDS_MAX)) {
        if (lingering == null || lingering.cancel()) {
          lingering = null;
          ask();
        }
      } else if (lingering == null) {
        lingering =
            world.after(
                Duration.ofNanos(Math.min(LINGER_NANOS_MAX, lastNanos / 2)),
                () -> {
                  lingering = null;
                  ask();
                });
      }
    }

    private void ask() {
      var sent = new ArrayList<PackedShard>();
      var records = new ArrayList<ShardRecord>();
      int bytes = 0;
      while (!waiting.isEmpty() && records.size() < QUESTION_RECORDS_MAX) {
        var record = waiting.element().record();
        if (record != null) {
          if (bytes + record.bytes().sizeBytes() > QUESTION_BYTES_MAX) {
            break;
          }
          bytes += record.bytes().sizeBytes();
          records.add(record);
          sent.add(waiting.element());
        }
        waiting.remove();
      }
      // A crowd that has gone is forgotten by and by.
      expected = Math.max(underWay, expected - Math.ceilDiv(expected, 8));
      if (records.isEmpty()) {
        lanes.remove(origin, this);
        return;
      }
      asking = true;
      long askedNanos = world.nanos();
      world
          .bus()
          .ask(
              OriginContract.WRITE_RECORDS.at(origin.originId()),
              new WriteRecords(origin.incarnation(), records))
          .onComplete(answer -> {
            asking = false;
            lastNanos = world.nanos() - askedNanos;
            advance();
            settle(sent, answer);
          });
    }

    private void settle(List<PackedShard> sent, AsyncResult<RecordsWritten> answer) {
      if (answer.failed()) {
        lose(sent, Failure.from(answer.cause()));
        return;
      }
      var written = answer.result().records();
      if (written.size() != sent.size()) {
        lose(sent, Failure.of(FailureCode.INTERNAL_ERROR, "the origin answered something else"));
        return;
      }
      for (int i = 0; i < sent.size(); i++) {
        if (written.get(i).failedCode() != null) {
          places.shun(origin.originId());
        }
        sent.get(i).written(written.get(i));
      }
    }

    /// Whether they lie there is not known, so they count as not landed.
    private void lose(List<PackedShard> sent, Failure reason) {
      places.shun(origin.originId());
      sent.forEach(shard -> shard.drop(reason));
    }
  }
}
