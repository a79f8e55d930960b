package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Pure;
import io.kintsugi.origin.Marking.Mark;
import java.util.ArrayList;
import java.util.List;

/// What hampers an origin, whatever its health.
@Pure
final class Flags {
  private Flags() {}

  static List<String> of(boolean hung, boolean full, boolean readOnly, Mark mark) {
    var flags = new ArrayList<String>();
    if (hung) {
      flags.add(OriginState.HUNG);
    }
    if (full) {
      flags.add(OriginState.FULL);
    }
    if (readOnly) {
      flags.add(OriginState.READ_ONLY);
    }
    if (mark == Mark.FOREIGN || mark == Mark.KEY_MISMATCH) {
      flags.add(OriginState.MISCONFIGURED);
    }
    return flags;
  }
}
