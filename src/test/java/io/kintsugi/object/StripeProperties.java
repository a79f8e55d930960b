package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.Block;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Cutting, coding and putting together again (A6).
class StripeProperties {
  private static final WriteId WRITE = new WriteId(7, 9);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void anyKShardsGiveBackAnyRangeOfAnyStripe(long seed) {
    var random = new Random(seed);
    var geometry = new Geometry(1 + random.nextInt(6), random.nextInt(4));
    int full = geometry.k() * Striping.PAYLOAD_BYTES;
    var body = House.random(seed, 1 + random.nextInt(2 * full + 1000));
    var striping = new Striping(geometry, body.length());
    var stripes = cut(striping, body, random);
    assertThat(stripes).hasSize(striping.stripes());
    for (var stripe : stripes) {
      int bytes = striping.stripeBytes(stripe.number());
      int from = random.nextInt(bytes);
      int to = from + 1 + random.nextInt(bytes - from);
      var decoder = new StripeDecoder(WRITE, striping, stripe.number(), from, to);
      var outcome = decoder.decode(anyK(stripe, geometry, random));
      assertThat(outcome).isInstanceOf(StripeDecoder.Outcome.Good.class);
      var got = Buffer.buffer();
      ((StripeDecoder.Outcome.Good) outcome).pieces().forEach(got::appendBuffer);
      int begin = (int) striping.stripeOffset(stripe.number());
      assertThat(got.equals(body.getBuffer(begin + from, begin + to))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void oneFlippedBitIsFoundAndNothingIsServed(long seed) {
    var random = new Random(seed);
    var geometry = new Geometry(1 + random.nextInt(4), 1 + random.nextInt(3));
    var body = House.random(seed, 1 + random.nextInt(3000));
    var striping = new Striping(geometry, body.length());
    var stripe = cut(striping, body, random).getFirst();
    var reads = anyK(stripe, geometry, random);
    var victim = reads.get(random.nextInt(reads.size()));
    victim.block()[random.nextInt(victim.block().length)] ^= (byte) (1 << random.nextInt(8));
    var outcome = new StripeDecoder(WRITE, striping, 0, 0, striping.stripeBytes(0)).decode(reads);
    assertThat(outcome).isInstanceOf(StripeDecoder.Outcome.Bad.class);
    var findings = ((StripeDecoder.Outcome.Bad) outcome).findings();
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().index()).isEqualTo(victim.index());
    assertThat(findings.getFirst().verdict()).isNotEqualTo(Block.Verdict.GOOD);
  }

  private static List<Stripe> cut(Striping striping, Buffer body, Random random) {
    var draft =
        new ManifestDraft(
            WRITE,
            "bucket",
            "key",
            WRITE.toString(),
            null,
            ManifestDraft.Segment.only(body.length()),
            Instant.EPOCH,
            Attributes.NONE,
            striping.geometry());
    var encoder = new StripeEncoder(draft);
    var filler = new StripeFiller(striping);
    var stripes = new ArrayList<Stripe>();
    for (int at = 0; at < body.length(); ) {
      int end = Math.min(body.length(), at + 1 + random.nextInt(300_000));
      var piece = body.getBuffer(at, end);
      for (int taken = 0; taken < piece.length(); ) {
        taken += filler.take(piece, taken);
        var stripe = filler.poll();
        if (stripe != null) {
          stripes.add(encoder.encode(Objects.requireNonNull(stripe)));
        }
      }
      at = end;
    }
    assertThat(filler.isFull()).isTrue();
    return stripes;
  }

  private static List<StripeDecoder.Read> anyK(Stripe stripe, Geometry geometry, Random random) {
    var indexes = new ArrayList<>(IntStream.range(0, geometry.n()).boxed().toList());
    Collections.shuffle(indexes, random);
    return indexes.subList(0, geometry.k()).stream()
        .sorted()
        .map(index -> new StripeDecoder.Read(index, stripe.blocks()[index]))
        .toList();
  }
}
