package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.BrakeOrigin;
import io.kintsugi.contract.OriginCollectContract.CopyRecords;
import io.kintsugi.contract.OriginCollectContract.RecordCopied;
import io.kintsugi.contract.OriginCollectContract.RecordCopy;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What is copied from pack to pack (T13): only what was verified to the last byte.
@ExtendWith(VertxExtension.class)
class OriginCopyingTest {
  private static final String ID = "disk-1";
  private static final int COUNT = 20;
  private static final int VICTIM = 7;
  private static final List<ShardFiles> SHARDS = new ArrayList<>();

  static {
    for (int i = 0; i < COUNT; i++) {
      SHARDS.add(ShardFiles.of(ShardFiles.writeId(i), new Geometry(1, 1), 1 + 317L * i));
    }
  }

  @TempDir Path folder;
  private House house;
  private final List<Packed> places = new ArrayList<>();

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    var first = house.origin(ID).start();
    var records = SHARDS.stream().map(shards -> shards.record(0)).toArray(ShardRecord[]::new);
    for (var written : house.records(ID, records)) {
      places.add(Objects.requireNonNull(written.packed()));
    }
    assertThat(house.packs(ID)).singleElement().matches(pack -> pack.open());
    house.stop(first);
    house.catalogEmpty = false;
    house.start();
  }

  private static ShardName fresh(int i) {
    return new ShardName(SHARDS.get(i).writeId(), 0, new WriteId(0x99, i + 1));
  }

  private CopyRecords question(String pack) {
    var copies = new ArrayList<RecordCopy>();
    for (int i = 0; i < COUNT; i++) {
      var place = places.get(i);
      copies.add(
          new RecordCopy(
              fresh(i).path(), place.offset(), place.sizeBytes(), SHARDS.get(i).footerSha256(0)));
    }
    return new CopyRecords(house.incarnation(ID), pack, copies);
  }

  private String old() {
    return places.getFirst().pack();
  }

  private List<RecordCopied> copy() throws Exception {
    var copied = house.ask(OriginCollectContract.COPY_RECORDS.at(ID), question(old()));
    assertThat(copied.markerVerified()).isTrue();
    return copied.records();
  }

  private void change(int at, byte... bytes) throws Exception {
    var file = house.root(ID).resolve(old());
    var all = Files.readAllBytes(file);
    System.arraycopy(bytes, 0, all, at, bytes.length);
    Files.write(file, all);
  }

  private static byte[] bytes(Path file, Packed place) throws Exception {
    var all = Files.readAllBytes(file);
    return java.util.Arrays.copyOfRange(
        all, (int) place.offset(), (int) (place.offset() + place.sizeBytes()));
  }

  @Test
  void soundShardsAreCopiedByteForByteAndTheOldOnesStay() throws Exception {
    var before = Files.readAllBytes(house.root(ID).resolve(old()));
    var copied = copy();
    for (int i = 0; i < COUNT; i++) {
      var to = Objects.requireNonNull(copied.get(i).packed());
      assertThat(to.pack()).isNotEqualTo(old());
      assertThat(bytes(house.root(ID).resolve(to.pack()), to)).isEqualTo(SHARDS.get(i).packed(0));
      assertThat(house.verify(ID, SHARDS.get(i), 0, to, Depth.FORENSIC).evidence())
          .isEqualTo(Evidence.HEALTHY);
    }
    assertThat(Files.readAllBytes(house.root(ID).resolve(old()))).isEqualTo(before);
  }

  @Test
  void aShardWithOneWrongBitIsNeverCopied() throws Exception {
    var place = places.get(VICTIM);
    var sound = SHARDS.get(VICTIM).packed(0);
    int end = sound.length - 1;
    for (int at : new int[] {0, 40, 127, 130, sound.length / 2, end - 200, end}) {
      change((int) place.offset() + at, (byte) (sound[at] ^ 4));
      var copied = copy();
      assertThat(copied.get(VICTIM).packed()).as("offset " + at).isNull();
      assertThat(copied.get(VICTIM).evidence()).isEqualTo(Evidence.CORRUPT);
      assertThat(copied).filteredOn(record -> record.packed() != null).hasSize(COUNT - 1);
      change((int) place.offset() + at, sound[at]);
    }
    assertThat(copy().get(VICTIM).packed()).isNotNull();
  }

  @Test
  void anothersShardAndACutEndAreNotCopied() throws Exception {
    var other = ShardFiles.of(ShardFiles.writeId(99), new Geometry(1, 1), 1 + 317L * VICTIM);
    change((int) places.get(VICTIM).offset(), other.packed(0));
    assertThat(copy().get(VICTIM).evidence()).isEqualTo(Evidence.STALE);
    var file = house.root(ID).resolve(old());
    var last = places.getLast();
    var all = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(all, (int) last.offset() + 50));
    assertThat(copy().getLast().packed()).isNull();
    assertThat(copy().getLast().evidence()).isEqualTo(Evidence.CORRUPT);
    Files.delete(file);
    assertThat(copy()).extracting(RecordCopied::evidence).containsOnly(Evidence.MISSING);
  }

  @Test
  void aPackThatIsBeingWrittenIsNotCopied() throws Exception {
    var open = Objects.requireNonNull(copy().getFirst().packed()).pack();
    var refused =
        catchThrowable(() -> house.ask(OriginCollectContract.COPY_RECORDS.at(ID), question(open)));
    assertThat(Failure.from(refused).is(FailureCode.INVALID_REQUEST)).isTrue();
  }

  @Test
  void nothingIsCopiedOnABrakedOrigin() throws Exception {
    house.ask(OriginCollectContract.BRAKE_ORIGIN.at(ID), new BrakeOrigin("rot"));
    var refused = catchThrowable(this::copy);
    assertThat(Failure.from(refused).text()).contains("braked");
    assertThat(house.packs(ID)).hasSize(1);
  }
}
