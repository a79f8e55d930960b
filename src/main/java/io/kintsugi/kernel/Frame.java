package io.kintsugi.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/// One message of a byte stream.
///
/// @param stream number of the stream at the hub it is sent to
/// @param number of the frame for DATA and END (from 0, no gaps), bytes of credit for ACCEPT and
///   CREDIT, else 0
/// @param from the end that sent it, so that even a frame for a stream that is no more has an
///   answer
/// @param data object bytes for DATA; a failure as JSON for ERROR and CANCEL; else empty
record Frame(Kind kind, long stream, long number, Address from, Buffer data) {
  enum Kind {
    /// Receiver to sender: I take your offer.
    ACCEPT(1),
    /// Sender to receiver: I connect to your ticket.
    OPEN(2),
    DATA(3),
    END(4),
    /// Receiver to sender: every byte and the end were handed over.
    CLOSED(5),
    /// Sender to receiver: it failed.
    ERROR(6),
    /// Receiver to sender: stop.
    CANCEL(7),
    CREDIT(8),
    PING(9);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    /// Nothing follows it and nothing is said to it.
    boolean isLast() {
      return this == CLOSED || this == ERROR || this == CANCEL;
    }

    /// What ends the stream of the one who sent this.
    Kind refusal() {
      return this == ACCEPT || this == CREDIT ? ERROR : CANCEL;
    }

    static Kind of(byte code) {
      for (var kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no kind of frame has code " + code);
    }
  }

  /// Where an end of a stream is.
  record Address(String hub, long stream) {}

  static final Buffer NOTHING = Buffer.buffer(0);

  static Buffer reason(Failure failure) {
    return Buffer.buffer(Json.encode(FailureBody.of(failure)));
  }

  /// Carries frames. Within a JVM the frame is handed over as it is: nobody may change its bytes.
  static final class Codec implements MessageCodec<Frame, Frame> {
    static final String NAME = "kintsugi.frame";

    @Override
    public void encodeToWire(Buffer wire, Frame frame) {
      var hub = frame.from().hub().getBytes(UTF_8);
      wire.appendByte(frame.kind().code)
          .appendLong(frame.stream())
          .appendLong(frame.number())
          .appendLong(frame.from().stream())
          .appendInt(hub.length)
          .appendBytes(hub)
          .appendInt(frame.data().length())
          .appendBuffer(frame.data());
    }

    @Override
    public Frame decodeFromWire(int position, Buffer wire) {
      var kind = Kind.of(wire.getByte(position));
      long stream = wire.getLong(position + 1);
      long number = wire.getLong(position + 9);
      long fromStream = wire.getLong(position + 17);
      int hubEnd = position + 29 + wire.getInt(position + 25);
      var hub = wire.getString(position + 29, hubEnd, UTF_8.name());
      int start = hubEnd + Integer.BYTES;
      var data = wire.slice(start, start + wire.getInt(hubEnd));
      return new Frame(kind, stream, number, new Address(hub, fromStream), data);
    }

    @Override
    public Frame transform(Frame frame) {
      return frame;
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public byte systemCodecID() {
      return -1;
    }
  }
}
