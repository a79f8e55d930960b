package io.kintsugi.format;

import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.ManifestDraft.Segment;
import io.kintsugi.format.ManifestDraft.Upload;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a segment is, told by each of its shards: the object, the piece, and the SHA-256 of every
/// shard.
///
/// `etag` is there in the last segment of an object alone, `partMd5` in a part alone.
public record Manifest(
    ManifestDraft draft,
    @Nullable String etag,
    @Nullable String partMd5,
    List<String> shardSha256) {
  public static final int FORMAT = 1;
  public static final int SHA256_CHARS = 64;

  static final int SIZE_DIGITS = 19;
  private static final int ID_CHARS = 36;
  private static final int MD5_CHARS = 32;
  private static final int ETAG_CHARS = MD5_CHARS + "-10000".length();
  private static final int PART_DIGITS = 5;
  private static final int ORDINAL_DIGITS = 10;
  private static final Pattern ETAG = Pattern.compile("[0-9a-f]{32}(-[1-9][0-9]{0,4})?");
  private static final DateTimeFormatter CREATED =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  public Manifest {
    Text.require(
        draft.segment().last() == (etag != null), "the last segment, and it alone, has an etag");
    Text.require(etag == null || ETAG.matcher(etag).matches(), "an etag is an MD5 [-parts]");
    Text.require(
        (draft.upload() != null) == (partMd5 != null), "a part, and it alone, has a part's MD5");
    Text.require(partMd5 == null || Text.isLowerHex(partMd5, MD5_CHARS), "an MD5 has 32 digits");
    shardSha256 = List.copyOf(shardSha256);
    Text.require(shardSha256.size() == draft.geometry().n(), "one digest for each shard");
    Text.require(
        shardSha256.stream().allMatch(sum -> Text.isLowerHex(sum, SHA256_CHARS)),
        "a SHA-256 has 64 digits");
  }

  /// Size of the object, known in its last segment alone.
  public @Nullable Long objectSizeBytes() {
    return draft.segment().objectSizeBytes();
  }

  /// Whether this is the manifest of the segment that a shard's header tells of.
  public boolean describes(ShardHeader header) {
    return draft.writeId().equals(header.writeId())
        && draft.geometry().equals(header.geometry())
        && draft.segment().sizeBytes() == header.segmentBytes();
  }

  /// The canonical JSON, padded to the length that its draft already fixed.
  public byte[] toCanonicalJson() {
    return write(draft, etag, partMd5, shardSha256);
  }

  static byte[] write(
      ManifestDraft draft,
      @Nullable String etag,
      @Nullable String partMd5,
      List<String> shardSha256) {
    var upload = draft.upload();
    var segment = draft.segment();
    var attributes = draft.attributes();
    return new JsonWriter()
        .number("format", FORMAT)
        .text("write_id", draft.writeId().toString())
        .text("bucket", draft.bucket())
        .text("key", draft.key())
        .wideText("version", draft.version(), ID_CHARS)
        .wideText("upload", upload == null ? null : upload.id(), ID_CHARS)
        .wideNumber("part", upload == null ? null : (Long) (long) upload.part(), PART_DIGITS)
        .wideNumber("segment", (long) segment.ordinal(), ORDINAL_DIGITS)
        .wideNumber("offset", segment.offset(), SIZE_DIGITS)
        .wideNumber("segment_size", segment.sizeBytes(), SIZE_DIGITS)
        .wideFlag("last", segment.last())
        .wideNumber("object_size", segment.objectSizeBytes(), SIZE_DIGITS)
        .wideText("etag", etag, ETAG_CHARS)
        .wideText("part_md5", partMd5, MD5_CHARS)
        .text("created", writeInstant(draft.created()))
        .nullableText("content_type", attributes.contentType())
        .map("headers", attributes.headers())
        .map("metadata", attributes.metadata())
        .number("k", draft.geometry().k())
        .number("m", draft.geometry().m())
        .number("matrix", ShardHeader.MATRIX)
        .texts("shards", shardSha256)
        .finish();
  }

  /// Reads canonical JSON with its padding; whatever differs from it by one byte is malformed.
  static Manifest read(byte[] source, int offset, int length) throws JsonReader.Malformed {
    Manifest manifest;
    try {
      manifest = readFields(new JsonReader(source, offset, length));
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw new JsonReader.Malformed("values that no manifest has: " + e.getMessage());
    }
    var canonical = manifest.toCanonicalJson();
    if (!Arrays.equals(source, offset, offset + length, canonical, 0, canonical.length)) {
      throw new JsonReader.Malformed("not canonical");
    }
    return manifest;
  }

  private static Manifest readFields(JsonReader json) throws JsonReader.Malformed {
    if (json.number("format") != FORMAT) {
      throw new JsonReader.UnknownFormat();
    }
    var writeId = WriteId.parse(json.text("write_id"));
    String bucket = json.text("bucket");
    String key = json.text("key");
    String version = json.nullableText("version");
    var upload = readUpload(json);
    var segment = readSegment(json);
    requireObjectSize(json, segment);
    String etag = json.nullableText("etag");
    String partMd5 = json.nullableText("part_md5");
    var created = readInstant(json.text("created"));
    var attributes =
        new Attributes(
            json.nullableText("content_type"), json.map("headers"), json.map("metadata"));
    var geometry =
        new Geometry(Math.toIntExact(json.number("k")), Math.toIntExact(json.number("m")));
    if (json.number("matrix") != ShardHeader.MATRIX) {
      throw new JsonReader.UnknownFormat();
    }
    var shards = json.texts("shards");
    json.finish();
    return new ManifestDraft(
            writeId, bucket, key, version, upload, segment, created, attributes, geometry)
        .seal(etag, partMd5, shards);
  }

  static String writeInstant(Instant instant) {
    return CREATED.format(instant);
  }

  static Instant readInstant(String text) {
    return CREATED.parse(text, Instant::from);
  }

  private static @Nullable Upload readUpload(JsonReader json) throws JsonReader.Malformed {
    String id = json.nullableText("upload");
    Long part = json.nullableNumber("part");
    if (id == null && part == null) {
      return null;
    }
    if (id == null || part == null) {
      throw json.malformed("an upload without a part, or a part without an upload");
    }
    return new Upload(id, Math.toIntExact(part));
  }

  private static Segment readSegment(JsonReader json) throws JsonReader.Malformed {
    return new Segment(
        Math.toIntExact(json.number("segment")),
        json.number("offset"),
        json.number("segment_size"),
        json.flag("last"));
  }

  private static void requireObjectSize(JsonReader json, Segment segment)
      throws JsonReader.Malformed {
    Long objectSize = json.nullableNumber("object_size");
    if (!Objects.equals(objectSize, segment.objectSizeBytes())) {
      throw json.malformed("an object's size that is not its segments'");
    }
  }
}
