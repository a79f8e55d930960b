package io.kintsugi.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Records as they cross the bus.
class JsonTest {
  record Thing(String name, long sizeBytes, @Nullable String note, List<String> tags) {}

  record Empty() {}

  private static final Thing THING = new Thing("ä\n", Long.MAX_VALUE, null, List.of("a"));

  @Test
  void aRecordComesBackEqual() {
    assertThat(Json.decode(Json.encode(THING), Thing.class)).isEqualTo(THING);
    assertThat(Json.decode(Json.text(THING), Thing.class)).isEqualTo(THING);
    assertThat(Json.decode(Json.text(new Empty()), Empty.class)).isEqualTo(new Empty());
    assertThat(Json.tree(THING).get("sizeBytes").asLong()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void unknownFieldsAreIgnored() {
    var json = "{\"name\":\"n\",\"sizeBytes\":1,\"tags\":[],\"colour\":\"red\"}";
    assertThat(Json.decode(json, Thing.class)).isEqualTo(new Thing("n", 1, null, List.of()));
  }

  @Test
  void anAbsentNumberIsRefusedRatherThanZero() {
    for (var json : List.of("{\"name\":\"n\"}", "{\"name\":\"n\",\"sizeBytes\":null}")) {
      assertThatThrownBy(() -> Json.decode(json, Thing.class))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Thing");
    }
  }

  @Test
  void whatIsNoRecordIsRefused() {
    for (var json : List.of("", "null", "[]", "{", "7")) {
      assertThatThrownBy(() -> Json.decode(json, Thing.class))
          .as(json)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aParcelIsTheSameRecordInAJvmAndAnEqualOneWhenItMustBeJson() {
    var codec = new Parcel.Codec(false);
    assertThat(codec.transform(Parcel.of(THING)).open(Thing.class)).isSameAs(THING);
    var json = new Parcel.Codec(true).transform(Parcel.of(THING)).open(Thing.class);
    assertThat(json).isEqualTo(THING).isNotSameAs(THING);
  }

  @Test
  void parcelsAndFramesComeOffTheWireAsTheyWentOn() {
    var wire = Buffer.buffer("head");
    new Parcel.Codec(false).encodeToWire(wire, Parcel.of(THING));
    var parcel = new Parcel.Codec(false).decodeFromWire(4, wire);
    assertThat(parcel.open(Thing.class)).isEqualTo(THING);
    for (var kind : Frame.Kind.values()) {
      var from = new Frame.Address("blob.node-ä.1", 7);
      var frame = new Frame(kind, 1L << 40, -1, from, Buffer.buffer("data"));
      var bytes = Buffer.buffer("head");
      new Frame.Codec().encodeToWire(bytes, frame);
      assertThat(new Frame.Codec().decodeFromWire(4, bytes)).isEqualTo(frame);
    }
  }
}
