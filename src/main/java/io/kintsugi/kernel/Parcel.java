package io.kintsugi.kernel;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import org.jspecify.annotations.Nullable;

/// A record on its way over the event bus: the very object within a JVM, JSON between nodes. The
/// receiver says which type it expects, so no class name crosses the wire.
final class Parcel {
  private final @Nullable Record record;
  private final byte[] json;

  private Parcel(@Nullable Record record, byte[] json) {
    this.record = record;
    this.json = json;
  }

  static Parcel of(Record record) {
    return new Parcel(record, new byte[0]);
  }

  <T extends Record> T open(Class<T> type) {
    return type.isInstance(record) ? type.cast(record) : Json.decode(bytes(), type);
  }

  private byte[] bytes() {
    return record == null ? json : Json.encode(record);
  }

  /// Carries parcels. With `alwaysJson` even neighbours in one JVM get JSON, so that a test finds
  /// what would not survive a wire.
  record Codec(boolean alwaysJson) implements MessageCodec<Parcel, Parcel> {
    static final String NAME = "kintsugi.parcel";

    @Override
    public void encodeToWire(Buffer wire, Parcel parcel) {
      var bytes = parcel.bytes();
      wire.appendInt(bytes.length).appendBytes(bytes);
    }

    @Override
    public Parcel decodeFromWire(int position, Buffer wire) {
      int length = wire.getInt(position);
      int start = position + Integer.BYTES;
      return new Parcel(null, wire.getBytes(start, start + length));
    }

    @Override
    public Parcel transform(Parcel parcel) {
      return alwaysJson ? new Parcel(null, parcel.bytes()) : parcel;
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
