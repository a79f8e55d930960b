package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WindowsTest {
  private final Windows windows = new Windows();

  @Test
  void whatWasGivenBackIsUsedAgain() {
    var window = windows.take(100);
    assertThat(window).hasSize(Windows.BYTES);
    assertThat(windows.take(100)).isNotSameAs(window);
    windows.giveBack(window);
    assertThat(windows.take(Windows.BYTES)).isSameAs(window);
  }

  @Test
  void whatIsLongerIsMadeForTheOccasion() {
    var long1 = windows.take(Windows.BYTES + 1);
    assertThat(long1).hasSize(Windows.BYTES + 1);
    windows.giveBack(long1);
    assertThat(windows.take(1)).hasSize(Windows.BYTES);
  }

  @Test
  void aFewAreKept() {
    Set<byte[]> taken = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 20; i++) {
      taken.add(windows.take(1));
    }
    taken.forEach(windows::giveBack);
    int again = 0;
    for (int i = 0; i < 20; i++) {
      again += taken.contains(windows.take(1)) ? 1 : 0;
    }
    assertThat(again).isEqualTo(8);
  }
}
