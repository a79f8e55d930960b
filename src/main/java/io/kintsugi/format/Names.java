package io.kintsugi.format;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where things lie in an origin, as paths with `/` relative to its root.
public final class Names {
  public static final String OBJECTS = "objects";
  public static final int LEAVES = 4096;

  private static final Pattern LEAF = Pattern.compile("[0-9a-f]{3}");
  private static final Pattern SHARD_FILE =
      Pattern.compile("([0-9a-f]{32})\\.([0-9]{2})\\.([0-9a-f]{32})");

  private Names() {}

  /// One shard's name: whose it is, and which attempt wrote it. A name is written once.
  public record ShardName(WriteId writeId, int index, WriteId attemptId) {
    public ShardName {
      Text.require(index >= 0 && index < Geometry.MAX_K + Geometry.MAX_M, "no such shard index");
    }

    public String leaf() {
      return Names.leaf(writeId);
    }

    /// The name within its leaf.
    public String fileName() {
      return writeId
          + "."
          + (char) ('0' + index / 10)
          + (char) ('0' + index % 10)
          + "."
          + attemptId;
    }

    public String path() {
      return leafPath(leaf()) + "/" + fileName();
    }

    @Override
    public String toString() {
      return path();
    }
  }

  /// The leaf of a write: three hexadecimal digits, the same for all its shards; 256 neighbours
  /// share one.
  public static String leaf(WriteId writeId) {
    return leaf((int) (writeId.session() + (writeId.counter() >>> 8)) & (LEAVES - 1));
  }

  /// The name of a leaf by its number, 0 to 4095.
  public static String leaf(int number) {
    Text.require(number >= 0 && number < LEAVES, "no such leaf");
    return HexFormat.of().toHexDigits(number, 3);
  }

  public static boolean isLeaf(String name) {
    return LEAF.matcher(name).matches();
  }

  /// The folder of a leaf.
  public static String leafPath(String leaf) {
    return OBJECTS + "/" + leaf;
  }

  /// The path of a shard.
  public static String shard(WriteId writeId, int index, WriteId attemptId) {
    return new ShardName(writeId, index, attemptId).path();
  }

  /// Reads a path; empty if it is no shard's, or lies in a leaf that is not its own.
  public static Optional<ShardName> parse(String path) {
    int slash = path.lastIndexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    return parseFileName(path.substring(slash + 1)).filter(name -> name.path().equals(path));
  }

  /// Reads a name within a leaf; empty if it is no shard's.
  public static Optional<ShardName> parseFileName(String name) {
    var match = SHARD_FILE.matcher(name);
    if (!match.matches()) {
      return Optional.empty();
    }
    int index = Integer.parseInt(match.group(2));
    if (index >= Geometry.MAX_K + Geometry.MAX_M) {
      return Optional.empty();
    }
    return Optional.of(
        new ShardName(WriteId.parse(match.group(1)), index, WriteId.parse(match.group(3))));
  }
}
