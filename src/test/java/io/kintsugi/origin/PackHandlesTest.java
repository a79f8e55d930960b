package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.driver.Driver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Packs kept open for reading: bounded, shared, and closed by the last reader (F2).
class PackHandlesTest {
  private final List<Driver.Opened> closed = new ArrayList<>();
  private final PackHandles handles = new PackHandles(closed::add);

  @Test
  void anOpenPackIsLentToAllAndStaysOpenWhenTheyAreDone() {
    var file = new Nothing();
    var first = handles.keep("packs/a", file, handles.place());
    var second = Objects.requireNonNull(handles.lend("packs/a"));
    assertThat(second.file()).isSameAs(file);
    handles.giveBack(first);
    handles.giveBack(second);
    assertThat(closed).isEmpty();
    assertThat(handles.lend("packs/b")).isNull();
  }

  @Test
  void theOneUsedLongestAgoMakesRoom() {
    var files = new ArrayList<Nothing>();
    for (int i = 0; i < PackHandles.MAX_OPEN; i++) {
      files.add(new Nothing());
      handles.giveBack(handles.keep("packs/" + i, files.get(i), handles.place()));
    }
    handles.giveBack(Objects.requireNonNull(handles.lend("packs/0")));
    var more = handles.keep("packs/more", new Nothing(), handles.place());
    assertThat(closed).containsExactly(files.get(1));
    assertThat(handles.lend("packs/1")).isNull();
    assertThat(handles.lend("packs/0")).isNotNull();
    handles.giveBack(more);
  }

  @Test
  void aPackThatIsForgottenOrReplacedIsClosedByItsLastReader() {
    var first = new Nothing();
    var handle = handles.keep("packs/a", first, handles.place());
    handles.forget(handle);
    assertThat(handles.lend("packs/a")).isNull();
    assertThat(closed).isEmpty();
    handles.giveBack(handle);
    assertThat(closed).containsExactly(first);

    var second = new Nothing();
    var third = new Nothing();
    handles.giveBack(handles.keep("packs/a", second, handles.place()));
    handles.giveBack(handles.keep("packs/a", third, handles.place()));
    assertThat(closed).containsExactly(first, second);
  }

  @Test
  void nothingIsKeptOfAPlaceThatIsNoLongerThere() {
    int before = handles.place();
    var kept = new Nothing();
    var reading = handles.keep("packs/a", kept, before);
    handles.moved();
    assertThat(handles.lend("packs/a")).isNull();
    handles.giveBack(reading);
    assertThat(closed).containsExactly(kept);

    var late = new Nothing();
    var handle = handles.keep("packs/a", late, before);
    assertThat(handles.lend("packs/a")).isNull();
    handles.giveBack(handle);
    assertThat(closed).containsExactly(kept, late);
  }

  private static final class Nothing implements Driver.Reading {
    @Override
    public long sizeBytes() {
      return 0;
    }

    @Override
    public int read(ByteBuffer target, long position) {
      return 0;
    }

    @Override
    public void close() {}
  }
}
