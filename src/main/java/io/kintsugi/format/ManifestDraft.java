package io.kintsugi.format;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All of a manifest that is known before the first byte of data: everything but sums. It already
/// fixes the footer's length.
public record ManifestDraft(
    WriteId writeId,
    String bucket,
    String key,
    @Nullable String version,
    @Nullable Upload upload,
    Segment segment,
    Instant created,
    Attributes attributes,
    Geometry geometry) {
  public static final int MAX_BUCKET_BYTES = 255;
  public static final int MAX_KEY_BYTES = 1024;

  /// How many headers, and how many pieces of user metadata, a manifest holds at most.
  public static final int MAX_ENTRIES = 1024;

  private static final Instant YEAR_ZERO = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

  /// The multipart upload that a part belongs to. The completion, in the journal, binds it to a
  /// version.
  public record Upload(String id, int part) {
    public static final int MAX_PART = 10_000;

    public Upload {
      Text.require(Text.isId(id), "an upload id is 1 to 36 of 0-9 A-Z a-z _ -");
      Text.require(part >= 1 && part <= MAX_PART, "a part's number is 1 to 10000");
    }
  }

  /// Which piece of the object (or of the part) this is. Only the last one of an object knows the
  /// whole.
  public record Segment(int ordinal, long offset, long sizeBytes, boolean last) {
    public Segment {
      Text.require(ordinal >= 0 && offset >= 0, "a segment begins in its object");
      Text.require(ordinal == 0 ? offset == 0 : offset > 0, "the first segment begins at 0");
      Text.require(Striping.isValid(sizeBytes), "a segment has 0 to 2^40 bytes");
      Text.require(offset <= Long.MAX_VALUE - sizeBytes, "an object's size has 63 bits");
    }

    /// The only segment of an object.
    public static Segment only(long sizeBytes) {
      return new Segment(0, 0, sizeBytes, true);
    }

    /// The segment of a part.
    public static Segment ofPart(long sizeBytes) {
      return new Segment(0, 0, sizeBytes, false);
    }

    /// Size of the object, known in the last segment alone.
    @Nullable Long objectSizeBytes() {
      return last ? (Long) (offset + sizeBytes) : null;
    }
  }

  /// What the writer said about the object: its content type, other headers to be given back, user
  /// metadata.
  public record Attributes(
      @Nullable String contentType,
      SortedMap<String, String> headers,
      SortedMap<String, String> metadata) {
    public static final Attributes NONE = of(null, Map.of(), Map.of());

    public Attributes {
      requireUnicode(contentType);
      headers = sorted(headers);
      metadata = sorted(metadata);
    }

    public static Attributes of(
        @Nullable String contentType, Map<String, String> headers, Map<String, String> metadata) {
      return new Attributes(contentType, sorted(headers), sorted(metadata));
    }

    private static SortedMap<String, String> sorted(Map<String, String> entries) {
      Text.require(entries.size() <= MAX_ENTRIES, "more headers or metadata than a manifest holds");
      var copy = new TreeMap<String, String>(Text.BYTE_ORDER);
      entries.forEach((name, value) -> {
        requireUnicode(name);
        requireUnicode(value);
        copy.put(name, value);
      });
      return Collections.unmodifiableSortedMap(copy);
    }
  }

  public ManifestDraft {
    requireUnicode(bucket);
    requireUnicode(key);
    Text.require(isWithin(bucket, MAX_BUCKET_BYTES), "a bucket's name has 1 to 255 bytes");
    Text.require(isWithin(key, MAX_KEY_BYTES), "a key has 1 to 1024 bytes");
    Text.require(
        version == null || Text.isId(version), "a version id is 1 to 36 of 0-9 A-Z a-z _ -");
    Text.require((version == null) == (upload != null), "a part has no version, all else has one");
    Text.require(upload == null || !segment.last(), "no part knows whether it is the last");
    created = created.truncatedTo(ChronoUnit.MILLIS);
    Text.require(
        !created.isBefore(YEAR_ZERO) && created.isBefore(YEAR_10000), "years have four digits");
  }

  /// The same bytes, cut otherwise.
  public ManifestDraft as(Geometry other) {
    return new ManifestDraft(
        writeId, bucket, key, version, upload, segment, created, attributes, other);
  }

  /// How the segment is cut.
  public Striping striping() {
    return new Striping(geometry, segment.sizeBytes());
  }

  /// Bytes of the footer that this draft will get, whatever its sums turn out to be.
  public int footerBytes() {
    int bytes = Manifest.write(this, null, null, placeholders()).length + Footer.TRAILER_BYTES;
    Text.require(bytes <= Footer.MAX_BYTES, "key and metadata do not fit in a footer");
    return bytes;
  }

  /// The header of one shard, known before the data. [ShardHeader#withIndex] gives the others
  /// cheaply.
  public ShardHeader header(int index) {
    return ShardHeader.of(writeId, index, striping(), footerBytes());
  }

  /// The manifest, once all is summed up. Digests are in the order of the shards.
  public Manifest seal(@Nullable String etag, @Nullable String partMd5, List<String> shardSha256) {
    return new Manifest(this, etag, partMd5, shardSha256);
  }

  private List<String> placeholders() {
    return Collections.nCopies(geometry.n(), "0".repeat(Manifest.SHA256_CHARS));
  }

  private static boolean isWithin(String text, int maxBytes) {
    return !text.isEmpty() && Text.utf8Bytes(text) <= maxBytes;
  }

  private static void requireUnicode(@Nullable String text) {
    Text.require(text == null || Text.isUnicode(text), "a text has half of a surrogate pair");
  }
}
