package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.kernel.FailureCode;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ShortageTest {
  @Test
  void withEnoughOriginsTheLayoutIsAsWanted() {
    assertThat(Shortage.decide(new Layout(6, 2), "refuse", 8)).isEqualTo(write(6, 2));
    assertThat(Shortage.decide(new Layout(1, 0), "refuse", 1)).isEqualTo(write(1, 0));
  }

  @Test
  void parityIsKeptAndDataGivesWay() {
    assertThat(Shortage.decide(new Layout(6, 2), "degrade", 7)).isEqualTo(write(5, 2));
    assertThat(Shortage.decide(new Layout(6, 2), "degrade", 3)).isEqualTo(write(1, 2));
    assertThat(Shortage.decide(new Layout(3, 0), "degrade", 1)).isEqualTo(write(1, 0));
  }

  @Test
  void tooFewForParityAndOneOfDataIsRefused() {
    assertThat(Shortage.decide(new Layout(6, 2), "degrade", 2)).isInstanceOf(Shortage.Refuse.class);
    assertThat(Shortage.decide(new Layout(1, 0), "degrade", 0)).isInstanceOf(Shortage.Refuse.class);
  }

  @Test
  void aBucketMayRefuseAnyShortage() {
    assertThat(Shortage.decide(new Layout(6, 2), "refuse", 7)).isInstanceOf(Shortage.Refuse.class);
  }

  @Test
  void itIsTheRoomThatIsShortOnlyIfMoreOfItWouldDo() {
    var wanted = new Layout(6, 2);
    assertThat(code(wanted, "degrade", 2, 6)).isEqualTo(FailureCode.STORAGE_ERROR);
    assertThat(code(wanted, "degrade", 0, 3)).isEqualTo(FailureCode.STORAGE_ERROR);
    assertThat(code(wanted, "degrade", 0, 2)).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(code(wanted, "refuse", 6, 1)).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(code(wanted, "refuse", 6, 2)).isEqualTo(FailureCode.STORAGE_ERROR);
    assertThat(code(wanted, "degrade", 2, null)).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  @DisplayName("C1: Replicated writes to all that can be written, or is refused with too few")
  void copiesGoEverywhereAndNeverToFewerThanMustBeFlushed() {
    var wanted = new Layout(6, 2);
    assertThat(everywhere(wanted, 5, 3)).isEqualTo(new Shortage.Write(new Layout(1, 4), 3));
    assertThat(everywhere(wanted, 1, 1)).isEqualTo(new Shortage.Write(new Layout(1, 0), 1));
    assertThat(everywhere(wanted, 40, 3)).isEqualTo(new Shortage.Write(new Layout(1, 8), 3));
    assertThat(everywhere(wanted, 2, 3)).isInstanceOf(Shortage.Refuse.class);
    assertThat(everywhere(wanted, 0, 1)).isInstanceOf(Shortage.Refuse.class);
    var full = new Placement(origins(2), 8, 1, 3);
    assertThat(Shortage.code(wanted, "degrade", full)).isEqualTo(FailureCode.STORAGE_ERROR);
    var ill = new Placement(origins(2), 8, 0, 3);
    assertThat(Shortage.code(wanted, "degrade", ill)).isEqualTo(FailureCode.UNAVAILABLE);
  }

  private static Shortage everywhere(Layout wanted, int writable, int acknowledged) {
    return Shortage.decide(wanted, "refuse", new Placement(origins(writable), 50, 0, acknowledged));
  }

  private static List<OriginRef> origins(int count) {
    return Collections.nCopies(count, new OriginRef("disk", "1"));
  }

  private static FailureCode code(
      Layout wanted, String onShortage, int writable, @Nullable Integer full) {
    return Shortage.code(wanted, onShortage, new Placement(origins(writable), 8, full, null));
  }

  private static Shortage write(int k, int m) {
    return new Shortage.Write(new Layout(k, m), m == 0 ? k : k + 1);
  }
}
