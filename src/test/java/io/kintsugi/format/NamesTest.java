package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.format.Names.ShardName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NamesTest {
  private static final WriteId WRITE = new WriteId(0xfedcba9876543210L, 0x1ff);
  private static final WriteId ATTEMPT = new WriteId(1, 2);
  private static final String PATH =
      "objects/211/fedcba987654321000000000000001ff.07.00000000000000010000000000000002";

  @Test
  void aShardLiesInTheLeafOfItsWrite() {
    assertThat(Names.shard(WRITE, 7, ATTEMPT)).isEqualTo(PATH);
    assertThat(Names.parse(PATH)).contains(new ShardName(WRITE, 7, ATTEMPT));
    assertThat(Names.parseFileName(PATH.substring(12))).contains(new ShardName(WRITE, 7, ATTEMPT));
  }

  @Test
  void neighboursShareALeafAndTheLeafWrapsAround() {
    assertThat(Names.leaf(new WriteId(5, 0))).isEqualTo("005");
    assertThat(Names.leaf(new WriteId(5, 255))).isEqualTo("005");
    assertThat(Names.leaf(new WriteId(5, 256))).isEqualTo("006");
    assertThat(Names.leaf(new WriteId(-1, 256))).isEqualTo("000");
    assertThat(Names.leaf(new WriteId(0, -1))).isEqualTo("fff");
    assertThat(Names.leaf(4095)).isEqualTo("fff");
    assertThat(Names.isLeaf("0af")).isTrue();
    assertThat(List.of("0AF", "0af0", "..", "")).noneMatch(Names::isLeaf);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "objects",
        "objects/212/fedcba987654321000000000000001ff.07.00000000000000010000000000000002",
        "objects/211/fedcba987654321000000000000001ff.7.00000000000000010000000000000002",
        "objects/211/fedcba987654321000000000000001ff.24.00000000000000010000000000000002",
        "objects/211/FEDCBA987654321000000000000001FF.07.00000000000000010000000000000002",
        "objects/211/fedcba987654321000000000000001ff.07.0000000000000001000000000000002",
        "objects/211/fedcba987654321000000000000001ff.07.00000000000000010000000000000002.tmp",
        "objects/211/fedcba987654321000000000000001ff.07.00000000000000010000000000000002\n",
        "/objects/211/fedcba987654321000000000000001ff.07.00000000000000010000000000000002",
        "objects/./211/fedcba987654321000000000000001ff.07.00000000000000010000000000000002"
      })
  void whatIsNoShardsNameIsNotTakenForOne(String path) {
    assertThat(Names.parse(path)).isEmpty();
  }

  @Test
  void aWriteIdIsItsTextAndItsBytesAndSortsByThem() {
    assertThat(WRITE).hasToString("fedcba987654321000000000000001ff");
    assertThat(WriteId.parse(WRITE.toString())).isEqualTo(WRITE);
    assertThat(WriteId.read(WRITE.bytes(), 0)).isEqualTo(WRITE);
    assertThat(List.of(new WriteId(-1, 0), new WriteId(0, -1), new WriteId(0, 1)).stream().sorted())
        .containsExactly(new WriteId(0, 1), new WriteId(0, -1), new WriteId(-1, 0));
    for (String wrong :
        List.of("", "0".repeat(31), "0".repeat(33), "A".repeat(32), "-".repeat(32))) {
      assertThatThrownBy(() -> WriteId.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
