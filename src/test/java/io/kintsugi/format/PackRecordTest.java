package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Names of packs and the arithmetic of what lies in them.
class PackRecordTest {
  private static final WriteId ID = new WriteId(0x0123456789abcdefL, 7);
  private static final ShardHeader HEADER =
      ShardHeader.of(ID, 1, new Striping(new Geometry(2, 1), 1000), 700);
  private static final Names.ShardName NAME = new Names.ShardName(ID, 1, new WriteId(9, 9));

  @Test
  void aPackIsNamedByItsSessionAndANumber() {
    var name = new PackName(0xabcdL, 12);
    assertThat(name.path()).isEqualTo("packs/000000000000abcd-12");
    assertThat(PackName.parse(name.path())).contains(name);
    assertThat(PackName.parseFileName("ffffffffffffffff-0")).contains(new PackName(-1, 0));
    for (var strange :
        List.of(
            "packs/000000000000abcd",
            "packs/000000000000abcd-",
            "packs/000000000000abcd-01",
            "packs/000000000000abcd--1",
            "packs/000000000000ABCD-1",
            "packs/abcd-1",
            "packs/000000000000abcd-99999999999999999999",
            "packs/../000000000000abcd-1",
            "000000000000abcd-1",
            "objects/000000000000abcd-1",
            "")) {
      assertThat(PackName.parse(strange)).as(strange).isEmpty();
    }
    assertThatThrownBy(() -> new PackName(1, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRecordIsItsFileWithoutTheGap() {
    assertThat(PackRecord.bytes(HEADER)).isEqualTo(128 + 64 + 500 + 700);
    assertThat(PackRecord.fileBytes(PackRecord.bytes(HEADER))).isEqualTo(HEADER.fileBytes());
    assertThat(PackRecord.fileBytes(127)).isEqualTo(127);
    assertThat(PackRecord.fileBytes(128)).isEqualTo(4096);
    assertThat(PackRecord.offset(127)).isEqualTo(127);
    assertThat(PackRecord.offset(4096)).isEqualTo(128);
    assertThat(PackRecord.offset(5000)).isEqualTo(1032);
    assertThatThrownBy(() -> PackRecord.offset(128)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PackRecord.offset(4095)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void recordsBeginAtMultiplesOf64() {
    assertThat(PackRecord.aligned(0)).isZero();
    assertThat(PackRecord.aligned(1)).isEqualTo(64);
    assertThat(PackRecord.aligned(64)).isEqualTo(64);
    assertThat(PackRecord.aligned(65)).isEqualTo(128);
    assertThat(PackRecord.isPlace(0, 1)).isTrue();
    assertThat(PackRecord.isPlace(64, 1000)).isTrue();
    assertThat(PackRecord.isPlace(63, 1000)).isFalse();
    assertThat(PackRecord.isPlace(-64, 1000)).isFalse();
    assertThat(PackRecord.isPlace(64, 0)).isFalse();
    assertThat(PackRecord.isPlace(Long.MAX_VALUE & -64, 1)).isFalse();
    assertThat(PackRecord.isPlace(0, Long.MAX_VALUE)).isFalse();
  }

  @Test
  void whatIsNotTheShardOfItsNameIsObjectedTo() {
    var head = HEADER.encode();
    long size = PackRecord.bytes(HEADER);
    assertThat(PackRecord.objection(NAME, head, size)).isNull();
    assertThat(PackRecord.objection(NAME, head, size + 1)).contains("instead of " + size);
    assertThat(PackRecord.objection(NAME, HEADER.withIndex(2).encode(), size))
        .contains("another index, 2");
    assertThat(PackRecord.objection(NAME, Arrays.copyOf(head, 100), 100)).contains("truncated");
    var other = new Names.ShardName(new WriteId(1, 1), 1, NAME.attemptId());
    assertThat(PackRecord.objection(other, head, size)).contains("another write, " + ID);
    for (int at = 0; at < head.length; at++) {
      var flipped = head.clone();
      flipped[at] ^= 1;
      assertThat(PackRecord.objection(NAME, flipped, size)).as("byte %s", at).isNotNull();
    }
  }
}
