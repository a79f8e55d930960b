package io.kintsugi.catalog;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.function.Function;

/// Where questions to the catalog arrive, and what holds for those of one kind.
record Desk(World world, Guard guard, Changes changes, Mode mode) {
  /// What holds for a question.
  enum Mode {
    /// Answered even while the catalog may not be used.
    ALWAYS,
    /// Answered only by a catalog in use.
    GUARDED,
    /// Also changes something that shards tell of; the journal follows soon.
    HINTED,
    /// Also changes something that nothing else tells of; answered once the journal does.
    LASTING
  }

  Desk in(Mode other) {
    return new Desk(world, guard, changes, other);
  }

  <Q extends Record, A extends Record> void answer(Call<Q, A> call, Function<Q, Future<A>> work) {
    world
        .bus()
        .answer(
            call,
            question -> {
              if (mode != Mode.ALWAYS) {
                guard.require();
              }
              var answer = work.apply(question);
              return switch (mode) {
                case ALWAYS, GUARDED -> answer;
                case HINTED -> answer.map(changes::hinted);
                case LASTING -> answer.compose(changes::reached);
              };
            });
  }
}
