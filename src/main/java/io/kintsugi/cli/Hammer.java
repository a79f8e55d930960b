package io.kintsugi.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/// Breaks what lies below the origins of one data directory, behind the node's back.
final class Hammer {
  private static final int BITS = 8;

  private final Path origins;
  private final Path aside;

  Hammer(Path data) {
    origins = data.resolve("origins");
    aside = data.resolve("swapped-shard");
  }

  /// Everything that lies there, by write.
  List<Damage.Stored> look() {
    var byWrite = new TreeMap<String, List<ShardFile>>();
    try (var paths = Files.walk(origins)) {
      for (var path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        var origin = origins.relativize(path).getName(0).toString();
        for (var shard : ShardFile.read(origins.resolve(origin), path, origin)) {
          byWrite.computeIfAbsent(shard.writeId(), _ -> new ArrayList<>()).add(shard);
        }
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new ApiFailure("AMISS", "cannot look at " + origins + ": " + e.getMessage(), e);
    }
    return byWrite.values().stream().map(Hammer::stored).toList();
  }

  private static Damage.Stored stored(List<ShardFile> shards) {
    var first = shards.getFirst();
    shards.sort(Comparator.comparingInt(ShardFile::index).thenComparing(ShardFile::path));
    return new Damage.Stored(first.object(), first.k(), first.m(), List.copyOf(shards));
  }

  /// Bytes of all files there. Nothing is ever removed, so what it grows by was written.
  long storedBytes() {
    long bytes = 0;
    try (var paths = Files.walk(origins)) {
      for (var path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new ApiFailure("AMISS", "cannot look at " + origins + ": " + e.getMessage(), e);
    }
    return bytes;
  }

  List<String> originIds() {
    try (var folders = Files.list(origins)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot look at " + origins + ": " + e.getMessage(), e);
    }
  }

  void strike(Damage damage, long seed) {
    var random = new Random(seed);
    for (var blow : damage.blows()) {
      try {
        strike(blow, random);
      } catch (IOException e) {
        throw new ApiFailure("AMISS", "cannot break " + blow.shard().path() + ": " + e, e);
      }
    }
  }

  private void strike(Damage.Blow blow, Random random) throws IOException {
    var shard = blow.shard();
    switch (blow.kind()) {
      case DELETE_DATA, DELETE_PARITY -> Files.delete(shard.path());
      case FLIP_DATA, FLIP_PARITY -> flip(shard, shard.blocksAt(), shard.blocksEnd(), random);
      case FLIP_HEADER -> flip(shard, shard.at(), shard.at() + ShardFile.HEADER_BYTES, random);
      case FLIP_FOOTER -> flip(shard, shard.blocksEnd(), shard.end(), random);
      case TRUNCATE -> truncate(shard, random.nextLong(shard.bytes()));
      case DELETE_PACK -> Files.deleteIfExists(shard.path());
      case TRUNCATE_PACK -> truncate(shard, shard.at() + random.nextLong(shard.bytes()));
      case SWAP -> swap(shard.path(), Objects.requireNonNull(blow.other()).path());
      case DESTROY -> destroy(shard, random);
    }
  }

  private static void flip(ShardFile shard, long from, long to, Random random) throws IOException {
    try (var file =
        FileChannel.open(shard.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = random.nextLong(from, to);
      var one = ByteBuffer.allocate(1);
      file.read(one, at);
      one.put(0, (byte) (one.get(0) ^ (1 << random.nextInt(BITS))));
      file.write(one.rewind(), at);
    }
  }

  /// Leaves what is shorter already as it is.
  private static void truncate(ShardFile shard, long to) throws IOException {
    try (var file = FileChannel.open(shard.path(), StandardOpenOption.WRITE)) {
      file.truncate(to);
    }
  }

  private void swap(Path one, Path other) throws IOException {
    Files.move(one, aside, StandardCopyOption.ATOMIC_MOVE);
    Files.move(other, one, StandardCopyOption.ATOMIC_MOVE);
    Files.move(aside, other, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Leaves not one good block, so that nothing of it can be used.
  private static void destroy(ShardFile shard, Random random) throws IOException {
    // What shares a file with others must not take them with it.
    switch (shard.packed() ? 2 : random.nextInt(3)) {
      case 0 -> Files.delete(shard.path());
      case 1 -> truncate(shard, 0);
      default -> {
        var noise = new byte[(int) Math.min(shard.bytes(), 1 << 20)];
        try (var file = FileChannel.open(shard.path(), StandardOpenOption.WRITE)) {
          for (long at = 0; at < shard.bytes(); at += noise.length) {
            random.nextBytes(noise);
            int count = (int) Math.min(noise.length, shard.bytes() - at);
            file.write(ByteBuffer.wrap(noise, 0, count), shard.at() + at);
          }
        }
      }
    }
  }

  /// Removes every file of one origin, its marker too; how many there were.
  int empty(String origin) {
    int files = 0;
    var root = origins.resolve(origin);
    try (var paths = Files.walk(root)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(root)) {
          files += Files.isRegularFile(path) ? 1 : 0;
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot empty " + root + ": " + e.getMessage(), e);
    }
    return files;
  }
}
