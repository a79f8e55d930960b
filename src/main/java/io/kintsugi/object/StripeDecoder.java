package io.kintsugi.object;

import io.kintsugi.erasure.Codec;
import io.kintsugi.format.Block;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Bytes;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Makes the wanted bytes of one stripe out of blocks, after it verified every one of them.
record StripeDecoder(WriteId writeId, Striping striping, int stripe, int from, int to) {
  /// A block as it was read, by the index of its shard.
  static final class Read {
    private final int index;
    private final byte[] block;

    Read(int index, byte[] block) {
      this.index = index;
      this.block = block;
    }

    int index() {
      return index;
    }

    byte[] block() {
      return block;
    }
  }

  sealed interface Outcome {
    /// The wanted bytes, in order.
    record Good(List<Buffer> pieces) implements Outcome {}

    /// These blocks are not what they should be; nothing was made of any.
    record Bad(List<Finding> findings) implements Outcome {}
  }

  record Finding(int index, Block.Verdict verdict) {}

  /// Verifies, rebuilds what was not read, and cuts out what is wanted.
  ///
  /// @param reads ascending by index: all data shards that hold a wanted byte, or any k shards
  Outcome decode(List<Read> reads) {
    var findings = new ArrayList<Finding>();
    for (var read : reads) {
      var verdict = verify(read);
      if (verdict != Block.Verdict.GOOD) {
        findings.add(new Finding(read.index(), verdict));
      }
    }
    if (!findings.isEmpty()) {
      return new Outcome.Bad(List.copyOf(findings));
    }
    return new Outcome.Good(cut(cells(reads)));
  }

  private Block.Verdict verify(Read read) {
    var geometry = striping.geometry();
    return Block.verify(
        read.block(),
        0,
        read.block().length,
        writeId,
        read.index(),
        geometry.k(),
        geometry.m(),
        stripe,
        striping.cellBytes(stripe));
  }

  /// Blocks of all data shards that hold a wanted byte, by index.
  private byte[][] cells(List<Read> reads) {
    var geometry = striping.geometry();
    int cellBytes = striping.cellBytes(stripe);
    var shards = new byte[geometry.n()][0];
    if (geometry.k() == 1) {
      // Every shard is a copy.
      shards[0] = reads.getFirst().block();
      return shards;
    }
    reads.forEach(read -> shards[read.index()] = read.block());
    int[] missing =
        IntStream.rangeClosed(from / cellBytes, (to - 1) / cellBytes)
            .filter(index -> shards[index].length == 0)
            .toArray();
    if (missing.length > 0) {
      for (int index : missing) {
        shards[index] = new byte[Striping.HEAD_BYTES + cellBytes];
      }
      int[] sources = reads.stream().mapToInt(Read::index).toArray();
      Codec.of(geometry.k(), geometry.m())
          .rebuild(shards, sources, missing, Striping.HEAD_BYTES, cellBytes);
    }
    return shards;
  }

  private List<Buffer> cut(byte[][] shards) {
    int cellBytes = striping.cellBytes(stripe);
    var pieces = new ArrayList<Buffer>();
    for (int at = from; at < to; ) {
      int inCell = at % cellBytes;
      int length = Math.min(to - at, cellBytes - inCell);
      pieces.add(Bytes.of(shards[at / cellBytes], Striping.HEAD_BYTES + inCell, length));
      at += length;
    }
    return pieces;
  }
}
