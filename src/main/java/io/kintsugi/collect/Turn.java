package io.kintsugi.collect;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;

/// One origin's turn in one pass.
///
/// @param incarnation that the origin had when the pass began
/// @param epoch under which the collection is held
/// @param goesOn false: nothing more is begun
record Turn(String incarnation, long epoch, BooleanSupplier goesOn) {
  <Q extends Record, A extends Record> Future<A> ask(World world, Call<Q, A> call, Q question) {
    return goesOn.getAsBoolean()
        ? world.bus().ask(call, question)
        : Future.failedFuture(Failure.of(FailureCode.CANCELLED, "collection was stopped"));
  }
}
