package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ReadRecords;
import io.kintsugi.contract.OriginContract.RecordsRead;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Many records read by one thread in one go, each pack opened once.
final class RecordReading {
  private static final long QUESTION_BYTES_MAX = 4L << 20;
  private static final Payload NOTHING = Payload.of(new byte[0]);

  private final Driver driver;
  private final Map<String, Driver.Reading> packs = new HashMap<>();

  private RecordReading(Driver driver) {
    this.driver = driver;
  }

  static Future<RecordsRead> of(Origin origin, ReadRecords question) {
    long bytes = 0;
    for (var place : question.places()) {
      OpenShard.requirePlace(place);
      bytes += Math.min(place.sizeBytes(), QUESTION_BYTES_MAX + 1);
    }
    if (bytes > QUESTION_BYTES_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "more than 4 MiB of records at once");
    }
    origin.requireReadable(question.incarnation());
    return origin
        .open(() -> new RecordReading(origin.driver()).read(question.places()), _ -> {})
        .map(RecordsRead::new)
        .recover(cause -> Future.failedFuture(origin.fail(Operation.READ, cause)));
  }

  private List<Payload> read(List<Packed> places) throws DriverException {
    try {
      var records = new Payload[places.size()];
      for (int i = 0; i < records.length; i++) {
        records[i] = read(places.get(i));
      }
      return List.of(records);
    } finally {
      for (var pack : packs.values()) {
        pack.close();
      }
    }
  }

  private Payload read(Packed place) throws DriverException {
    var pack = pack(place.pack());
    if (pack == null) {
      return NOTHING;
    }
    var bytes = new byte[(int) place.sizeBytes()];
    int read = pack.read(ByteBuffer.wrap(bytes), place.offset());
    return read == bytes.length ? Payload.of(bytes) : NOTHING;
  }

  private Driver.@Nullable Reading pack(String name) throws DriverException {
    var open = packs.get(name);
    if (open != null) {
      return open;
    }
    try {
      var pack = driver.openRead(name);
      packs.put(name, pack);
      return pack;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return null;
      }
      throw e;
    }
  }
}
