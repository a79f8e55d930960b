package io.kintsugi.kernel;

import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// The production [Blobs]: one registered address, many streams. Registering an address per stream
/// would cost more than most streams do. It closes with its verticle, and tells every other end.
final class Hub implements Blobs, Closeable {
  /// When a stream is given up.
  ///
  /// @param tickMillis how often streams are looked after
  /// @param pingMillis a peer is pinged when it has heard nothing for this long
  /// @param silenceMillis a peer that says nothing for this long is dead
  /// @param stallMillis a stream on which no byte moves for this long is given up, however alive
  ///   its ends are. This is also the floor rate, one byte in that time: a higher one would end
  ///   streams that are slow by nature, such as the findings of a scan; an edge that knows its
  ///   client can ask for more.
  record Limits(long tickMillis, long pingMillis, long silenceMillis, long stallMillis) {
    static final Limits USUAL = new Limits(1_000, 3_000, 30_000, Duration.ofMinutes(10).toMillis());
  }

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setCodecName(Frame.Codec.NAME).setTracingPolicy(TracingPolicy.IGNORE);

  /// How many reasons are kept for those who have not come yet.
  private static final int REASONS_MAX = 1_024;

  private final EventBus events;
  private final ContextInternal context;
  private final String address;
  private final Limits limits;
  private final Future<Void> registered;
  private final Map<Long, StreamEnd> streams = new HashMap<>();
  private final Map<Long, Failure> reasons =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Failure> eldest) {
          return size() > REASONS_MAX;
        }
      };
  private long lastStream;
  private long tickedNanos = System.nanoTime();
  private boolean closed;

  Hub(Vertx vertx, String node) {
    this(vertx, node, Limits.USUAL);
  }

  Hub(Vertx vertx, String node, Limits limits) {
    this.limits = limits;
    events = vertx.eventBus();
    context = ((VertxInternal) vertx).getOrCreateContext().unwrap();
    EventBusBus.installCodecs(events);
    address = "blob." + node + "." + Trace.fresh();
    registered = events.<Frame>consumer(address, message -> receive(message.body())).completion();
    vertx.setPeriodic(limits.tickMillis(), _ -> tick());
    context.addCloseHook(this);
  }

  @Override
  public BlobSink offer() {
    return new StreamSink(this, ++lastStream);
  }

  @Override
  public BlobSource accept(BlobOffer offer, int windowBytes) {
    var source = new StreamSource(this, ++lastStream, windowBytes);
    source.accept(new Frame.Address(offer.hub(), offer.stream()));
    return source;
  }

  @Override
  public BlobSource await(int windowBytes) {
    return new StreamSource(this, ++lastStream, windowBytes);
  }

  @Override
  public BlobSink connect(BlobTicket ticket) {
    var sink = new StreamSink(this, ++lastStream);
    sink.connect(new Frame.Address(ticket.hub(), ticket.stream()), ticket.windowBytes());
    return sink;
  }

  /// Done when other nodes can send here.
  Future<Void> registered() {
    return registered;
  }

  String address() {
    return address;
  }

  Limits limits() {
    return limits;
  }

  /// The context of the caller, which is this verticle's or one derived from it for a request.
  ContextInternal here() {
    var current = ContextInternal.current();
    if (current == null || !context.equals(current.unwrap()) || !current.isRunningOnContext()) {
      throw new IllegalStateException(
          "a byte stream is used on the context of its verticle only, not on "
              + Thread.currentThread());
    }
    return current;
  }

  void add(StreamEnd end) {
    streams.put(end.stream, end);
    if (closed) {
      context.runOnContext(
          _ -> end.finish(unavailable("the other end of the stream was stopped"), true));
    }
  }

  void remove(StreamEnd end) {
    streams.remove(end.stream, end);
  }

  /// Keeps the reason of a stream that ended before its other end came.
  void remember(long stream, Failure reason) {
    reasons.put(stream, reason);
  }

  int open() {
    return streams.size();
  }

  MessageProducer<Frame> road(String hub) {
    return events.sender(hub, OPTIONS);
  }

  private void receive(Frame frame) {
    var end = streams.get(frame.stream());
    if (end != null) {
      end.receive(frame);
    } else {
      turnAway(
          frame,
          reasons.getOrDefault(frame.stream(), unavailable("the other end of the stream is gone")));
    }
  }

  /// Ends the stream of one who speaks to a stream that does not know it. The last words of a
  /// stream get no answer, or two hubs would answer each other for ever.
  void turnAway(Frame frame, Failure reason) {
    if (!frame.kind().isLast()) {
      var from = new Frame.Address(address, frame.stream());
      var answer =
          new Frame(frame.kind().refusal(), frame.from().stream(), 0, from, Frame.reason(reason));
      events.send(frame.from().hub(), answer, OPTIONS);
    }
  }

  private void tick() {
    long now = System.nanoTime();
    // After this process itself stood still, what the others said meanwhile is yet to be read.
    boolean stoodStill = now - tickedNanos > limits.silenceMillis() * 1_000_000 / 2;
    tickedNanos = now;
    for (var end : new ArrayList<>(streams.values())) {
      if (stoodStill) {
        end.heard(now);
      }
      end.tick(now);
    }
  }

  @Override
  public void close(Completable<Void> completion) {
    context.runOnContext(_ -> {
      closed = true;
      new ArrayList<>(streams.values())
          .forEach(end -> end.finish(unavailable("the other end of the stream was stopped"), true));
      completion.succeed();
    });
  }

  private static Failure unavailable(String text) {
    return Failure.of(FailureCode.UNAVAILABLE, text);
  }
}
