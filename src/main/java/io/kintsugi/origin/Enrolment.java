package io.kintsugi.origin;

import static io.kintsugi.contract.CatalogOriginContract.GET_CLUSTER;
import static io.kintsugi.contract.CatalogOriginContract.LIST_ORIGIN_ROWS;
import static io.kintsugi.contract.CatalogOriginContract.SAVE_ORIGIN_ROW;

import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Marker;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.origin.Marking.Known;
import io.kintsugi.origin.Marking.Mark;
import io.kintsugi.origin.Marking.Seen;
import io.kintsugi.origin.Marking.Step;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Carries out what [Marking] decides, with the catalog on one side and the origin on the other.
final class Enrolment {
  /// More steps than any way to an end has.
  private static final int MAX_STEPS = 8;

  /// Where an origin stands.
  ///
  /// @param look the last one; null before the first
  /// @param refused it refuses who asks, until somebody changes something
  record Standing(
      Mark mark,
      @Nullable Cluster cluster,
      @Nullable OriginRow row,
      @Nullable String reason,
      @Nullable Look look,
      boolean refused) {
    static final Standing UNKNOWN =
        new Standing(Mark.UNREADABLE, null, null, "not looked at yet", null, false);

    boolean isMisconfigured() {
      return refused || mark == Mark.FOREIGN || mark == Mark.KEY_MISMATCH;
    }

    boolean isOurs() {
      return mark == Mark.OURS;
    }

    /// What is wrong with it; null if nothing is.
    @Nullable String fault() {
      return isOurs() || reason != null ? reason : mark.word();
    }

    /// Where it stood, after a look that showed nothing.
    Standing unseen(String why) {
      return new Standing(mark, cluster, row, why, look, false);
    }

    Standing unseen(Seen.Failed failed) {
      return new Standing(mark, cluster, row, failed.reason(), look, failed.misconfigured());
    }

    /// Why the last look showed nothing, if that is not the place's fault; else null.
    @Nullable String starved() {
      return look == null ? null : look.starved();
    }

    /// The root as it was when it was looked at.
    Driver.@Nullable Identity identity() {
      return look == null ? null : look.identity();
    }

    @Nullable String incarnation() {
      return row == null ? null : row.incarnation();
    }

    /// Why it is braked: as its row says where that is fresh from the catalog, so that a brake
    /// holds from the first moment; else as before.
    @Nullable String braked(Standing before, @Nullable String now) {
      return row == null || row.equals(before.row) ? now : row.braked();
    }
  }

  private final World world;
  private final OriginConfig.Member member;
  private final KeyRing keys;
  private final Driver driver;
  private final OriginThreads threads;
  private final Duration lookTimeout;

  Enrolment(
      World world,
      OriginConfig config,
      OriginConfig.Member member,
      KeyRing keys,
      Driver driver,
      OriginThreads threads) {
    this.world = world;
    this.member = member;
    this.keys = keys;
    this.driver = driver;
    this.threads = threads;
    lookTimeout = config.checkTimeout();
  }

  /// Goes from whatever is there to a standing. Fails only if the catalog does.
  Future<Standing> enrol() {
    return begin().compose(attempt -> advance(attempt, Marking::next, MAX_STEPS));
  }

  /// Makes a blank origin ours under a new incarnation.
  Future<Standing> replace() {
    return begin().compose(attempt -> advance(attempt, Marking::replace, MAX_STEPS));
  }

  /// Looks at the origin again and says where it stands, if its row is what it was.
  Future<Standing> confirm(Standing before) {
    var cluster = before.cluster();
    var row = before.row();
    if (cluster == null || row == null) {
      return Future.succeededFuture(before);
    }
    var attempt = new Attempt(cluster, row);
    return look(attempt)
        .map(look ->
            Marking.next(attempt.known(member.id()), look.seen())
                    instanceof Step.Stand(var mark, var reason)
                ? attempt.stand(mark, reason, look)
                : attempt.stand(Mark.NEW, "its enrolment is not finished", look));
  }

  private record Attempt(Cluster cluster, @Nullable OriginRow row) {
    Known known(String originId) {
      return new Known(originId, row, cluster.empty(), cluster.held() != null);
    }

    Standing stand(Mark mark, @Nullable String reason, Look look) {
      boolean refused = look.seen() instanceof Seen.Failed failed && failed.misconfigured();
      return new Standing(mark, cluster, row, reason, look, refused);
    }
  }

  private interface Decision {
    Step of(Known known, Seen seen);
  }

  private Future<Attempt> begin() {
    return world
        .bus()
        .ask(GET_CLUSTER, new GetCluster())
        .compose(cluster ->
            world
                .bus()
                .ask(LIST_ORIGIN_ROWS, new ListOriginRows())
                .map(rows ->
                    new Attempt(
                        cluster,
                        rows.rows().stream()
                            .filter(row -> row.originId().equals(member.id()))
                            .findFirst()
                            .orElse(null))));
  }

  private Future<Look> look(Attempt attempt) {
    var judge = judge(attempt);
    return threads
        .run(lookTimeout, () -> Look.take(driver, judge), _ -> {})
        .recover(cause -> Future.succeededFuture(Look.failed(Failure.from(cause).text())));
  }

  private Future<Standing> advance(Attempt attempt, Decision decision, int stepsLeft) {
    if (stepsLeft == 0) {
      return Future.succeededFuture(
          attempt.stand(Mark.NEW, "its enrolment does not come to an end", Look.failed("")));
    }
    return look(attempt)
        .compose(look -> {
          var step = decision.of(attempt.known(member.id()), look.seen());
          return step instanceof Step.Stand(var mark, var reason)
              ? Future.succeededFuture(attempt.stand(mark, reason, look))
              : act(attempt, step, decision)
                  .compose(next -> advance(next, Marking::next, stepsLeft - 1))
                  .recover(cause -> blocked(attempt, look, cause));
        });
  }

  /// What the origin itself refused leaves it where it is; what the catalog or an operator's wish
  /// came to is the asker's to know.
  private static Future<Standing> blocked(Attempt attempt, Look look, Throwable cause) {
    var fault = Failures.fault(cause);
    return fault == null
        ? Future.failedFuture(cause)
        : Future.succeededFuture(attempt.stand(Mark.NEW, fault.text(), look));
  }

  private Future<Attempt> act(Attempt attempt, Step step, Decision decision) {
    return switch (step) {
      case Step.CreateRoot() -> deed(attempt, driver::createRoot);
      case Step.SaveNew(var replaces) -> saveNew(attempt, replaces, decision);
      case Step.WriteMarker() ->
          deed(attempt, () -> driver.createSmall(Marker.FILE_NAME, markerBytes(attempt)));
      case Step.MendMarker() ->
          deed(attempt, () -> driver.rewriteSmall(Marker.FILE_NAME, markerBytes(attempt)));
      case Step.SaveReady() ->
          deed(attempt, this::settleRoot)
              .compose(_ -> save(attempt, Marking.READY, row(attempt).incarnation()));
      case Step.Refuse(var reason, var hint) ->
          Future.failedFuture(
              new Failure(
                  FailureCode.CONFLICT,
                  "origin " + member.id() + " cannot be replaced: " + reason,
                  Map.of("hint", hint)));
      case Step.Stand _ -> Future.succeededFuture(attempt);
    };
  }

  private Future<Attempt> saveNew(Attempt attempt, @Nullable String replaces, Decision decision) {
    var incarnation = HexFormat.of().toHexDigits(world.random().nextLong());
    var saved = save(attempt, Marking.NEW, incarnation);
    // A replaced origin may still hold familiar folders, on which plain enrolment would not build.
    return replaces == null
        ? saved
        : saved.compose(next -> act(next, new Step.WriteMarker(), decision));
  }

  private Future<Attempt> save(Attempt attempt, String state, String incarnation) {
    var row = attempt.row();
    return world
        .bus()
        .ask(
            SAVE_ORIGIN_ROW,
            new SaveOriginRow(
                member.id(),
                member.kind(),
                member.path(),
                state,
                incarnation,
                row == null ? null : row.incarnation()))
        .map(saved -> new Attempt(attempt.cluster(), saved));
  }

  private interface Deed {
    void call() throws DriverException;
  }

  private Future<Attempt> deed(Attempt attempt, Deed deed) {
    return threads.run(() -> {
      deed.call();
      return attempt;
    });
  }

  /// Flushes the marker, whoever wrote it, and makes the one folder that writes build on.
  private void settleRoot() throws DriverException {
    driver.flushFile(Marker.FILE_NAME);
    driver.createFolder(Names.OBJECTS);
    driver.flushFolder("");
  }

  private Function<byte[], Seen> judge(Attempt attempt) {
    var row = attempt.row();
    byte[] expected =
        row != null && row.state().equals(Marking.NEW) ? markerBytes(attempt) : new byte[0];
    return bytes ->
        isTorn(bytes, expected)
            ? new Seen.Torn()
            : new Seen.Marked(Marker.decode(bytes, attempt.cluster().clusterId(), keys));
  }

  /// Whether these bytes are a cut-short writing of the expected ones: each is right, or was never
  /// reached.
  static boolean isTorn(byte[] bytes, byte[] expected) {
    if (bytes.length > expected.length || Arrays.equals(bytes, expected) || expected.length == 0) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != 0 && bytes[i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  /// The same bytes whoever writes them: everything in them is in the row.
  private byte[] markerBytes(Attempt attempt) {
    var row = row(attempt);
    return new Marker(
            attempt.cluster().clusterId(),
            member.id(),
            row.incarnation(),
            Marker.FORMAT,
            row.created())
        .encode(keys.current());
  }

  private static OriginRow row(Attempt attempt) {
    var row = attempt.row();
    if (row == null) {
      throw new IllegalStateException("a marker is written only after its row");
    }
    return row;
  }
}
