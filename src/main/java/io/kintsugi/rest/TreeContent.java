package io.kintsugi.rest;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.ListDeeds;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.FindEntry;
import io.kintsugi.contract.TreeContract.ReadEntry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.contract.TreeWriteContract.DeleteEntries;
import io.kintsugi.contract.TreeWriteContract.DeleteEntry;
import io.kintsugi.contract.TreeWriteContract.PutEntry;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The bytes of files in federated buckets, in and out, and what has not reached all origins yet.
final class TreeContent {
  private static final List<String> DIGESTS =
      List.of("Content-MD5", "Content-Digest", "Repr-Digest");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
  private static final int PARTIAL = 206;
  private static final int PAGE_MAX = 1000;

  /// What a Range header asks for; all null: everything.
  private record Range(@Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
    static final Range ALL = new Range(null, null, null);

    boolean isAll() {
      return equals(ALL);
    }
  }

  private final World world;

  TreeContent(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/trees/{name}/content", this::get).takingStream(),
        Route.put("/api/v1/trees/{name}/content", this::put).takingStream(),
        Route.delete("/api/v1/trees/{name}/content", this::delete).takingStream(),
        Route.get("/api/v1/trees/{name}/pending", this::pending));
  }

  private static String key(Asked asked) {
    var key = asked.query(query -> Objects.requireNonNullElse(query.text("key"), ""));
    if (key.isEmpty()) {
      throw Failure.of(FailureCode.VALIDATION_ERROR, "key is missing", "key", "is missing");
    }
    asked.about("object", key);
    return key;
  }

  private Future<Reply> get(Asked asked) {
    var name = asked.bucket();
    var key = key(asked);
    if (asked.isHead()) {
      return world
          .bus()
          .ask(TreeContract.FIND_ENTRY, new FindEntry(name, key))
          .map(found -> {
            var headers = headers(found.entry(), found.silent());
            headers.put("Content-Length", Long.toString(found.entry().stamp().sizeBytes()));
            return new Reply.Bytes(Reply.OK, null, headers);
          });
    }
    var range = range(asked.header("Range"));
    var bytes = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    bytes.pause();
    return world
        .bus()
        .ask(
            TreeContract.READ_ENTRY,
            new ReadEntry(
                name, key, range.first(), range.last(), range.suffixBytes(), bytes.ticket()))
        .onFailure(cause -> bytes.cancel(Failure.from(cause)))
        .map(opened -> {
          var headers = headers(opened.entry(), opened.silent());
          headers.put("X-Kintsugi-Served-From", opened.servedFrom());
          headers.put("Content-Length", Long.toString(opened.lengthBytes()));
          if (!range.isAll()) {
            long last = opened.offset() + opened.lengthBytes() - 1;
            headers.put(
                "Content-Range",
                "bytes " + opened.offset() + "-" + last + "/" + opened.entry().stamp().sizeBytes());
          }
          return new Reply.Stream(range.isAll() ? Reply.OK : PARTIAL, bytes, headers);
        });
  }

  /// One range; whatever else is asked for is answered with everything, as HTTP allows.
  private static Range range(@Nullable String header) {
    var match = header == null ? null : RANGE.matcher(header.strip());
    if (match == null || !match.matches()) {
      return Range.ALL;
    }
    var first = number(match.group(1));
    var last = number(match.group(2));
    return first == null ? new Range(null, null, last) : new Range(first, last, null);
  }

  private static @Nullable Long number(String digits) {
    return digits.isEmpty() ? null : (Long) Long.parseLong(digits);
  }

  private static Map<String, String> headers(Entry entry, List<Silent> silent) {
    var headers = new TreeMap<String, String>();
    headers.put("ETag", '"' + entry.etag() + '"');
    headers.put("Accept-Ranges", "bytes");
    headers.put("X-Kintsugi-Modified", Envelope.time(entry.stamp().modified()));
    headers.put("X-Kintsugi-Complete", Boolean.toString(silent.isEmpty()));
    if (!silent.isEmpty()) {
      headers.put(
          "X-Kintsugi-Silent-Origins",
          silent.stream().map(Silent::originId).collect(Collectors.joining(",")));
    }
    return headers;
  }

  private Future<Reply> put(Asked asked) {
    var name = asked.bucket();
    var key = key(asked);
    for (var digest : DIGESTS) {
      if (asked.header(digest) != null) {
        throw Failure.of(
            FailureCode.INVALID_REQUEST, digest + " is not checked here; S3 does", "what", digest);
      }
    }
    var request = asked.body();
    long size = size(asked.header("Content-Length"));
    var sink = world.blobs().offer();
    var stored =
        world
            .bus()
            .askWhile(
                sink,
                TreeWriteContract.PUT_ENTRY,
                new PutEntry(name, key, size, condition(asked), sink.offer()));
    request
        .pipe()
        .endOnFailure(false)
        .to(sink)
        .onFailure(cause -> sink.abort(Failure.of(FailureCode.CANCELLED, "the client went away")));
    return stored.map(done -> {
      var body =
          TreeCalls.body(done.entry())
              .put("copies_written", done.copies())
              .put("pending_origins", TreeCalls.origins(done.pending()));
      return new Reply.Data(
          done.created() ? Reply.CREATED : Reply.OK,
          body,
          Map.of("ETag", '"' + done.entry().etag() + '"'));
    });
  }

  private static long size(@Nullable String header) {
    if (header == null || !header.matches("\\d{1,18}")) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST,
          "the header Content-Length must say how many bytes follow",
          "what",
          "content-length");
    }
    return Long.parseLong(header);
  }

  private static Condition condition(Asked asked) {
    return new Condition(etag(asked.header("If-Match")), etag(asked.header("If-None-Match")));
  }

  private static @Nullable String etag(@Nullable String header) {
    if (header == null) {
      return null;
    }
    var text = header.strip();
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  private Future<Reply> delete(Asked asked) {
    var name = asked.bucket();
    var key = key(asked);
    return world
        .bus()
        .ask(
            TreeWriteContract.DELETE_ENTRIES,
            new DeleteEntries(name, List.of(new DeleteEntry(key, condition(asked)))))
        .map(deleted -> {
          var outcome = deleted.entries().getFirst();
          var code = outcome.failedCode();
          if (code != null) {
            var text = outcome.failedText();
            var what = outcome.failedWhat();
            throw new Failure(
                FailureCode.valueOf(code),
                text == null ? key + " was not deleted" : text,
                what == null ? Map.of() : Map.of("what", what));
          }
          return Reply.data(new JsonObject().put("key", key).put("deleted", outcome.existed()));
        });
  }

  private Future<Reply> pending(Asked asked) {
    var name = asked.bucket();
    var question =
        asked.query(query ->
            new ListDeeds(
                name, query.text("after"), (int) query.whole("limit", 1, PAGE_MAX, PAGE_MAX)));
    return world
        .bus()
        .ask(TreeWriteContract.LIST_PENDING, question)
        .map(found -> {
          var list = new JsonArray();
          found.deeds().forEach(deed -> list.add(body(deed)));
          return Reply.data(
              new JsonObject()
                  .put("pending", list)
                  .put(
                      "next",
                      found.deeds().size() < question.max()
                          ? null
                          : found.deeds().getLast().key()));
        });
  }

  private static JsonObject body(Deed deed) {
    var origins = new JsonArray();
    deed.places().stream().map(place -> place.originId()).distinct().forEach(origins::add);
    return new JsonObject()
        .put("key", deed.key())
        .put("change", deed.kind())
        .put("made", Envelope.time(deed.made()))
        .put("settled", !deed.open())
        .put("origins", origins);
  }
}
