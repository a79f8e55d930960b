package io.kintsugi.kernel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/// One message of a byte stream.
///
/// @param stream number of the stream at the hub it is sent to
/// @param number of the frame for DATA and END (from 0, no gaps), bytes of credit for ACCEPT and
///   CREDIT, else 0
/// @param data object bytes for DATA; an [Address] for ACCEPT and OPEN; a failure as JSON for ERROR
///   and CANCEL; else empty
record Frame(Kind kind, long stream, long number, Buffer data) {
  enum Kind {
    /// Receiver to sender: I take your offer; this is where I am.
    ACCEPT(1),
    /// Sender to receiver: I connect to your ticket; this is where I am.
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

    static Kind of(byte code) {
      for (var kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no kind of frame has code " + code);
    }
  }

  /// Where the other end of a stream is.
  record Address(String hub, long stream) {}

  private static final Buffer NOTHING = Buffer.buffer(0);

  static Frame of(Kind kind, long stream, long number) {
    return new Frame(kind, stream, number, NOTHING);
  }

  static Frame of(Kind kind, long stream, long number, Record body) {
    return new Frame(kind, stream, number, Buffer.buffer(Json.encode(body)));
  }

  /// Carries frames. Within a JVM the frame is handed over as it is: nobody may change its bytes.
  static final class Codec implements MessageCodec<Frame, Frame> {
    static final String NAME = "kintsugi.frame";

    @Override
    public void encodeToWire(Buffer wire, Frame frame) {
      wire.appendByte(frame.kind().code)
          .appendLong(frame.stream())
          .appendLong(frame.number())
          .appendInt(frame.data().length())
          .appendBuffer(frame.data());
    }

    @Override
    public Frame decodeFromWire(int position, Buffer wire) {
      var kind = Kind.of(wire.getByte(position));
      long stream = wire.getLong(position + 1);
      long number = wire.getLong(position + 9);
      int start = position + 21;
      return new Frame(kind, stream, number, wire.slice(start, start + wire.getInt(position + 17)));
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
