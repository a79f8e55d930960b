package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.Relaid;
import io.kintsugi.contract.ObjectContract.RelaySegment;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Block;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// T9: what was written narrower in an outage is written anew.
class RelayTest extends InHouse {
  private Buffer putNarrow() {
    house.origins.subList(4, 7).forEach(origin -> origin.placed = false);
    var body = House.random(1, 2 * STRIPE + 5);
    house.put("k", body);
    house.origins.forEach(origin -> origin.placed = true);
    return body;
  }

  private RelaySegment wish(Segment segment) {
    return new RelaySegment(FakeCatalog.BUCKET, "k", segment.writeId(), segment, 7, 1);
  }

  @Test
  @DisplayName("it holds the same bytes and says the same of itself, but for its layout")
  void aNarrowSegmentIsWrittenAnew() {
    var body = putNarrow();
    var old = house.segment("k", 0);
    assertThat(old.layout()).isEqualTo(new Layout(2, 2));
    var said = manifest(old);
    var answer = house.on(() -> house.world().bus().ask(ObjectContract.RELAY_SEGMENT, wish(old)));
    assertThat(answer.outcome()).isEqualTo(Relaid.RELAID);
    var swap = house.catalog.swaps.getFirst();
    assertThat(swap.oldWriteId()).isEqualTo(old.writeId());
    assertThat(swap.taskId()).isEqualTo(7);
    assertThat(swap.segment().layout()).isEqualTo(new Layout(3, 2));
    assertThat(house.get("k").bytes()).isEqualTo(body);
    var now = manifest(house.segment("k", 0));
    assertThat(now.etag()).isEqualTo(said.etag());
    assertThat(now.draft().version()).isEqualTo(old.writeId());
    assertThat(now.draft().attributes()).isEqualTo(said.draft().attributes());
    assertThat(now.draft().created()).isEqualTo(said.draft().created());
    assertThat(now.draft().writeId()).isNotEqualTo(said.draft().writeId());
  }

  @Test
  void withTooFewOriginsItIsForLater() {
    putNarrow();
    house.origins.subList(4, 7).forEach(origin -> origin.placed = false);
    var old = house.segment("k", 0);
    var failure =
        house.failing(
            () -> house.world().bus().ask(ObjectContract.RELAY_SEGMENT, wish(old)).mapEmpty());
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(house.catalog.swaps).isEmpty();
  }

  @Test
  void whatIsAsWideAsItShouldBeIsLeftAlone() {
    house.put("k", House.random(1, 2 * STRIPE));
    var whole = house.segment("k", 0);
    var answer = house.on(() -> house.world().bus().ask(ObjectContract.RELAY_SEGMENT, wish(whole)));
    assertThat(answer.outcome()).isEqualTo(Relaid.UNNEEDED);
    assertThat(house.catalog.swaps).isEmpty();
  }

  @Test
  @DisplayName("a new shard that does not read back is never pointed to")
  void whatReadsBackWrongIsNotSwapped() {
    putNarrow();
    var old = house.segment("k", 0);
    house.origins.get(5).readsBackWrong = true;
    house.origins.get(6).readsBackWrong = true;
    house.origins.get(4).readsBackWrong = true;
    var failure =
        house.failing(
            () -> house.world().bus().ask(ObjectContract.RELAY_SEGMENT, wish(old)).mapEmpty());
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(house.catalog.swaps).isEmpty();
  }

  /// Writes a byte of a shard over as if it had been meant so: its block stays sound.
  private void forge(Segment segment, int index) {
    var layout = segment.layout();
    var striping = new Striping(new Geometry(layout.k(), layout.m()), segment.sizeBytes());
    house.flip(segment, index, Striping.FILE_HEADER_BYTES + Striping.HEAD_BYTES + 5);
    var file = house.file(segment, segment.locations().get(index));
    var bytes = file.getBytes();
    Block.encodeHead(
        bytes,
        Striping.FILE_HEADER_BYTES,
        WriteId.parse(segment.writeId()),
        index,
        layout.k(),
        layout.m(),
        0,
        striping.cellBytes(0));
    file.setBytes(0, bytes);
  }

  @Test
  @DisplayName("bytes that are not what was stored are never written anew, sound as they look")
  void whatWasWrongFromTheStartIsNotSwapped() {
    var body = putNarrow();
    var old = house.segment("k", 0);
    forge(old, 0);
    assertThat(house.get("k").bytes()).as("no block of it looks bad").isNotEqualTo(body);
    var failure =
        house.failing(
            () -> house.world().bus().ask(ObjectContract.RELAY_SEGMENT, wish(old)).mapEmpty());
    assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT);
    assertThat(house.catalog.swaps).isEmpty();
  }
}
