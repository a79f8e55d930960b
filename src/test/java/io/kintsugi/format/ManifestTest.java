package io.kintsugi.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.ManifestDraft.Segment;
import io.kintsugi.format.ManifestDraft.Upload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final Geometry COPY = new Geometry(1, 1);
  private static final String SUM = "ab".repeat(32);
  private static final String MD5 = "cd".repeat(16);
  private static final String VERSION = "v-1";

  private static ManifestDraft draft(String key, Attributes attributes) {
    return new ManifestDraft(
        Samples.WRITE,
        "photos",
        key,
        VERSION,
        null,
        Segment.only(1000),
        Samples.CREATED,
        attributes,
        COPY);
  }

  private static Manifest sealed(ManifestDraft draft) {
    return draft.seal(MD5, null, Collections.nCopies(draft.geometry().n(), SUM));
  }

  private static String json(Manifest manifest) {
    return new String(manifest.toCanonicalJson(), StandardCharsets.UTF_8);
  }

  private static Manifest read(String json) throws JsonReader.Malformed {
    var bytes = json.getBytes(StandardCharsets.UTF_8);
    return Manifest.read(bytes, 0, bytes.length);
  }

  @Test
  void isWrittenInOneWayOnly() {
    var attributes =
        Attributes.of("text/plain", Map.of("expires", "0"), Map.of("b", "2", "a", "1", "B", "3"));
    assertThat(json(sealed(draft("a/b", attributes))).stripTrailing())
        .isEqualTo(
            "{\"format\":1,\"write_id\":\"0123456789abcdeffedcba9876543210\","
                + "\"bucket\":\"photos\",\"key\":\"a/b\",\"version\":\"v-1\",\"upload\":null,"
                + "\"part\":null,\"segment\":0,\"offset\":0,\"segment_size\":1000,\"last\":true,"
                + "\"object_size\":1000,\"etag\":\""
                + MD5
                + "\",\"part_md5\":null,\"created\":\"2026-03-01T12:34:56.789Z\","
                + "\"content_type\":\"text/plain\",\"headers\":{\"expires\":\"0\"},"
                + "\"metadata\":{\"B\":\"3\",\"a\":\"1\",\"b\":\"2\"},\"k\":1,\"m\":1,\"matrix\":1,"
                + "\"shards\":[\""
                + SUM
                + "\",\""
                + SUM
                + "\"]}");
  }

  /// What is not known before the data, or differs between segments, does not change the length.
  @Test
  void itsLengthIsKnownBeforeTheData() throws JsonReader.Malformed {
    var upload = new Upload("u".repeat(36), 10_000);
    int footer = 0;
    for (var segment :
        List.of(
            Segment.only(0),
            Segment.only(1L << 40),
            new Segment(0, 0, 5, false),
            new Segment(Integer.MAX_VALUE, Long.MAX_VALUE - 7, 7, true))) {
      for (var part : segment.last() ? List.of("") : List.of("", "part")) {
        var draft =
            new ManifestDraft(
                Samples.WRITE,
                "photos",
                "k",
                part.isEmpty() ? VERSION : null,
                part.isEmpty() ? null : upload,
                segment,
                Samples.CREATED,
                Attributes.NONE,
                COPY);
        String etag = segment.last() ? MD5 + (segment.offset() > 0 ? "-10000" : "") : null;
        var manifest = draft.seal(etag, part.isEmpty() ? null : MD5, List.of(SUM, SUM));
        assertThat(Footer.encode(manifest, Samples.KEY)).hasSize(draft.footerBytes());
        assertThat(footer == 0 || footer == draft.footerBytes()).isTrue();
        footer = draft.footerBytes();
        assertThat(read(json(manifest))).isEqualTo(manifest);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "ü", "漢", "😀", "\u0000", "\u001f", "\"", "\\", "\u007f", "\u2028", "\t"})
  void carriesAnyKeyOf1024Bytes(String unit) throws JsonReader.Malformed {
    int times = 1024 / unit.getBytes(StandardCharsets.UTF_8).length;
    var draft = draft(unit.repeat(times), Attributes.of(unit, Map.of(unit, unit), Map.of()));
    var manifest = sealed(draft);
    assertThat(read(json(manifest))).isEqualTo(manifest);
    assertThat(Footer.decode(Footer.encode(manifest, Samples.KEY), Samples.KEYS))
        .isEqualTo(new Footer.Decoded.Ok(manifest));
    assertThatThrownBy(() -> draft(unit.repeat(1025), Attributes.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void escapesAsLittleAsJsonAllows() {
    var manifest = sealed(draft("\b\t\n\f\r\"\\/\u0001\u001f\u007fé", Attributes.NONE));
    assertThat(json(manifest))
        .contains("\"key\":\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\u007fé\"");
  }

  /// By bytes U+FF5E comes before U+1F600; by UTF-16 units it would come after.
  @Test
  void sortsMetadataByByte() {
    var manifest = sealed(draft("k", Attributes.of(null, Map.of(), Map.of("😀", "2", "～", "1"))));
    assertThat(json(manifest)).contains("\"metadata\":{\"～\":\"1\",\"😀\":\"2\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"format\":1|\"format\": 1",
        "\"part\":null,|",
        "\"k\":1|\"k\":01",
        "\"k\":1|\"k\":+1",
        "\"k\":1|\"k\":1.0",
        "\"k\":1|\"k\":2",
        "\"segment\":0|\"segment\":-0",
        "\"offset\":0|\"offset\":99999999999999999999",
        "\"offset\":0|\"offset\":9999999999999999999",
        "\"object_size\":1000|\"object_size\":1001",
        "\"object_size\":1000|\"object_size\":null",
        "\"last\":true|\"last\":false",
        "\"last\":true|\"last\":True",
        "\"part\":null|\"part\":7",
        "\"version\":\"v-1\"|\"version\":null",
        "\"key\":\"a/b\"|\"key\":\"a\\/b\"",
        "\"key\":\"a/b\"|\"key\":\"\\u0061/b\"",
        "\"key\":\"a/b\"|\"key\":\"a/b",
        "\"key\":\"a/b\"|\"key\":\"\\u00zz\"",
        "\"key\":\"a/b\"|\"key\":\"\"",
        "\"headers\":{}|\"headers\":{\"b\":\"\",\"a\":\"\"}",
        "\"headers\":{}|\"headers\":{\"a\":\"\",\"a\":\"\"}",
        "\"headers\":{}|\"headers\":{\"a\":\"\",}",
        "\"headers\":{}|\"headers\":{},\"more\":1",
        "cdcd\",|cdcD\",",
        "\"2026-03-01T|\"2026-02-30T",
        "abab\"]}|abab\"],\"x\":0}",
        "abab\"]}|abab\"]}x",
        "abab\"]}|abab\"] }",
        "abab\"]}|abab\"]"
      })
  void anyOtherSpellingIsMalformed(String part, String other) {
    String sound = json(sealed(draft("a/b", Attributes.NONE)));
    String changed = sound.replace(part, other == null ? "" : other);
    assertThat(changed).isNotEqualTo(sound);
    assertThatThrownBy(() -> read(changed)).isInstanceOf(JsonReader.Malformed.class);
    // The same with the length kept, as far as the padding goes.
    String kept = changed.stripTrailing();
    String padded = kept + " ".repeat(Math.max(0, sound.length() - kept.length()));
    assertThatThrownBy(() -> read(padded)).isInstanceOf(JsonReader.Malformed.class);
  }

  @Test
  void bytesThatAreNoUtf8AreMalformed() {
    var bytes = sealed(draft("a/b", Attributes.NONE)).toCanonicalJson();
    bytes[80] = (byte) 0xff;
    assertThatThrownBy(() -> Manifest.read(bytes, 0, bytes.length))
        .isInstanceOf(JsonReader.Malformed.class);
    assertThatThrownBy(() -> Manifest.read(bytes, 0, 0)).isInstanceOf(JsonReader.Malformed.class);
  }

  @Test
  void aLaterFormatIsNotCalledMalformed() {
    String later =
        json(sealed(draft("a/b", Attributes.NONE))).replace("{\"format\":1", "{\"format\":2");
    assertThatThrownBy(() -> read(later)).isInstanceOf(JsonReader.UnknownFormat.class);
  }

  @Test
  void knowsOnlyWhatItCanKnow() {
    var whole = draft("k", Attributes.NONE);
    var sums = List.of(SUM, SUM);
    refused(() -> whole.seal(null, null, sums));
    refused(() -> whole.seal(MD5 + "-0", null, sums));
    refused(() -> whole.seal(MD5, MD5, sums));
    refused(() -> whole.seal(MD5, null, List.of(SUM)));
    refused(() -> whole.seal(MD5, null, List.of(SUM, SUM.substring(1))));
    refused(() -> draft("\ud83d", Attributes.NONE));
    refused(() -> draft("", Attributes.NONE));
    refused(() -> Attributes.of("\udc00", Map.of(), Map.of()));
    refused(() -> new Segment(1, 0, 1, true));
    refused(() -> new Segment(0, 1, 1, true));
    refused(() -> new Upload("u", 10_001));
    refused(() -> new Upload("ü", 1));
    refused(() -> draft("k", Attributes.of("x".repeat(262_144), Map.of(), Map.of())).footerBytes());
  }

  @Test
  void whatCanBeWrittenCanBeRead() throws JsonReader.Malformed {
    var most = new HashMap<String, String>();
    for (int i = 0; i < ManifestDraft.MAX_ENTRIES; i++) {
      most.put("name-" + i, "value");
    }
    var manifest = sealed(draft("k", Attributes.of(null, most, most)));
    assertThat(read(json(manifest))).isEqualTo(manifest);
    most.put("one more", "value");
    refused(() -> Attributes.of(null, Map.of(), most));
  }

  @Test
  void keepsMillisecondsOfItsBirth() {
    var draft =
        new ManifestDraft(
            Samples.WRITE,
            "photos",
            "k",
            VERSION,
            null,
            Segment.only(1),
            Samples.CREATED.plusNanos(999_999),
            Attributes.NONE,
            COPY);
    assertThat(draft.created()).isEqualTo(Samples.CREATED);
    assertThat(Manifest.writeInstant(Instant.EPOCH)).isEqualTo("1970-01-01T00:00:00.000Z");
  }

  private static void refused(ThrowingCallable attempt) {
    assertThatThrownBy(attempt).isInstanceOf(IllegalArgumentException.class);
  }
}
