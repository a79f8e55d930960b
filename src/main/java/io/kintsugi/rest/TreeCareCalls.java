package io.kintsugi.rest;

import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeCareContract.GetTreeCare;
import io.kintsugi.contract.TreeCareContract.Mirroring;
import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeCareContract.TreeCare;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.contract.TreeCareContract.VerifyTree;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Durations;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// How the copies in federated buckets are cared for: verified, mended, kept equal.
final class TreeCareCalls {
  private static final String OFF = "off";
  private static final List<String> MIRRORS = List.of(Care.OFF, Care.HEAL, Care.EQUAL);
  private static final long BYTES_PER_MEGABYTE = 1_000_000;
  private static final int MEGABYTES_MAX = 1_000_000;

  private final World world;

  TreeCareCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/trees/{name}/verify", this::get),
        Route.post("/api/v1/trees/{name}/verify", this::verify));
  }

  private Future<Reply> get(Asked asked) {
    asked.nothing();
    var name = asked.bucket();
    return world
        .bus()
        .ask(TreeCareContract.GET_TREE_CARE, new GetTreeCare(name))
        .map(care -> Reply.data(body(name, care)));
  }

  private Future<Reply> verify(Asked asked) {
    asked.nothing();
    var name = asked.bucket();
    return world
        .bus()
        .ask(TreeCareContract.VERIFY_TREE, new VerifyTree(name))
        .map(care -> Reply.data(body(name, care)));
  }

  /// What is said of it where a tree is; null if nothing is.
  static @Nullable Care wish(Fields body) {
    var mirror = body.choice("mirror", MIRRORS);
    var every = body.durationMillis("verify", OFF, Care.NEVER);
    var megabytes = body.wholeInt("bandwidth_limit_mbps", 0, MEGABYTES_MAX);
    if (mirror == null && every == null && megabytes == null) {
      return null;
    }
    return new Care(
        Objects.requireNonNullElse(mirror, Care.USUAL.mirror()),
        Objects.requireNonNullElse(every, Care.USUAL.verifyEveryMillis()),
        megabytes == null ? Care.USUAL.bytesPerSecond() : megabytes * BYTES_PER_MEGABYTE);
  }

  static JsonObject body(Care care) {
    boolean never = care.verifyEveryMillis() == Care.NEVER;
    return new JsonObject()
        .put("mirror", care.mirror())
        .put("verify", never ? OFF : Durations.exact(care.verifyEveryMillis()))
        .put("verify_seconds", Figures.seconds(care.verifyEveryMillis()))
        .put("bandwidth_limit_mbps", care.bytesPerSecond() / BYTES_PER_MEGABYTE);
  }

  private static JsonObject body(String name, TreeCare care) {
    var damages = new JsonArray();
    care.damages().forEach(damage -> damages.add(body(damage)));
    var verification = care.verification();
    var mirroring = care.mirroring();
    return new JsonObject()
        .put("name", name)
        .put("verification", verification == null ? null : body(verification))
        .put("next", Envelope.timeOrNull(care.due()))
        .put("rotten", damages)
        .put("mirroring", mirroring == null ? null : body(mirroring));
  }

  private static JsonObject body(Verification verification) {
    var sources = new JsonArray();
    for (var source : verification.sources()) {
      sources.add(
          new JsonObject()
              .put("origin", source.originId())
              .put("path", source.path())
              .put("at", source.after())
              .put("done", source.ended())
              .put("error", source.error())
              .mergeIn(counts(List.of(source))));
    }
    return new JsonObject()
        .put("status", verification.ended() == null ? "running" : "completed")
        .put("started_at", Envelope.time(verification.started()))
        .put("completed_at", Envelope.timeOrNull(verification.ended()))
        .mergeIn(counts(verification.sources()))
        .put("sources", sources);
  }

  private static JsonObject counts(List<SourceVerified> sources) {
    return new JsonObject()
        .put("files", sum(sources, SourceVerified::files))
        .put("bytes", sum(sources, SourceVerified::bytes))
        .put("bytes_read", sum(sources, SourceVerified::readBytes))
        .put("unread", sum(sources, SourceVerified::unread))
        .put("rotten", sum(sources, SourceVerified::rotten));
  }

  private static long sum(List<SourceVerified> sources, ToLongFunction<SourceVerified> count) {
    return sources.stream().mapToLong(count).sum();
  }

  private static JsonObject body(Damage damage) {
    return new JsonObject()
        .put("origin", damage.originId())
        .put("path", damage.path())
        .put("size", damage.stamp().sizeBytes())
        .put("sha256", damage.sha256())
        .put("found_sha256", damage.rotSha256())
        .put("status", damage.state())
        .put("reason", damage.reason());
  }

  private static JsonObject body(Mirroring pass) {
    return new JsonObject()
        .put("status", pass.ended() == null ? "running" : "completed")
        .put("started_at", Envelope.time(pass.started()))
        .put("completed_at", Envelope.timeOrNull(pass.ended()))
        .put("keys", pass.keys())
        .put("copies_made", pass.brought())
        .put("bytes", pass.sizeBytes())
        .put("bytes_sent", pass.sentBytes())
        .put("bytes_moved", pass.movedBytes())
        .put("left", pass.left())
        .put("reason", pass.reason());
  }
}
