package io.kintsugi.origin;

import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.Stamp;
import org.jspecify.annotations.Nullable;

/// What it took to make one copy equal to another, with what was tried in vain.
final class Bill {
  long sourceReadBytes;
  long targetReadBytes;
  long sentBytes;
  long copiedBytes;
  long checkedBytes;
  long recipeBytes;
  boolean checkedWhole;
  boolean sourceKnown;
  boolean targetKnown;
  @Nullable String keptAs;
  @Nullable Stamp made;

  FileRefreshed result(Outcome outcome, @Nullable String reason, RecipeRecord wanted, int pieces) {
    return new FileRefreshed(
        outcome,
        reason,
        wanted.recipe().sizeBytes(),
        pieces,
        sourceReadBytes,
        targetReadBytes,
        sentBytes,
        copiedBytes,
        checkedBytes,
        checkedWhole,
        recipeBytes,
        sourceKnown,
        targetKnown,
        keptAs,
        made == null ? null : PlainFiles.told(made));
  }
}
