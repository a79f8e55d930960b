package io.kintsugi.kernel;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/// The production [Blobs]: one registered address, many streams. Registering an address per stream
/// would cost more than most streams do.
final class Hub implements Blobs {
  /// How often streams are looked after.
  private static final long TICK_MILLIS = 1_000;

  /// A peer is pinged when it has heard nothing for this long.
  static final long PING_NANOS = Duration.ofSeconds(3).toNanos();

  /// A peer that says nothing for this long is dead.
  static final long SILENCE_NANOS = Duration.ofSeconds(30).toNanos();

  /// A stream on which no byte moves for this long is given up, however alive its ends are.
  static final long STALL_NANOS = Duration.ofMinutes(10).toNanos();

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setCodecName(Frame.Codec.NAME).setTracingPolicy(TracingPolicy.IGNORE);

  private final EventBus events;
  private final String address;
  private final Map<Long, StreamEnd> streams = new HashMap<>();
  private long lastStream;

  Hub(Vertx vertx, String node) {
    events = vertx.eventBus();
    EventBusBus.installCodecs(events);
    address = "blob." + node + "." + Trace.fresh();
    events.<Frame>consumer(address, message -> receive(message.body()));
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
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

  String address() {
    return address;
  }

  void add(StreamEnd end) {
    streams.put(end.stream, end);
  }

  void remove(StreamEnd end) {
    streams.remove(end.stream, end);
  }

  int open() {
    return streams.size();
  }

  void send(Frame.Address to, Frame frame) {
    events.send(to.hub(), frame, OPTIONS);
  }

  private void receive(Frame frame) {
    var end = streams.get(frame.stream());
    if (end != null) {
      end.receive(frame);
    } else if (frame.kind() == Frame.Kind.ACCEPT || frame.kind() == Frame.Kind.OPEN) {
      refuse(frame);
    }
  }

  /// The stream ended before its peer came: the peer is told, lest it wait for bytes in vain.
  private void refuse(Frame frame) {
    var peer = Json.decode(frame.data().getBytes(), Frame.Address.class);
    var kind = frame.kind() == Frame.Kind.ACCEPT ? Frame.Kind.ERROR : Frame.Kind.CANCEL;
    var why = Failure.of(FailureCode.CANCELLED, "the stream has ended");
    send(peer, Frame.of(kind, peer.stream(), 0, FailureBody.of(why)));
  }

  private void tick() {
    long now = System.nanoTime();
    for (var end : new ArrayList<>(streams.values())) {
      end.tick(now);
    }
  }
}
