package io.kintsugi.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// One object of 20 GiB in and out of a node with a heap of 512 MiB: what the node's memory does on
/// the way, and whether the same bytes come back.
public final class HugeFigures {
  private static final int GIB = 20;
  private static final int PIECE_BYTES = 1 << 20;
  private static final int COMPARED_BYTES = 256 << 10;
  private static final long PART_BYTES = 1L << 30;
  private static final long LOOK_MILLIS = 10_000;
  private static final double MB = 1e6;

  private HugeFigures() {}

  /// @param arguments GiB (default 20), then an empty folder
  public static void main(String[] arguments) throws Exception {
    int gib = arguments.length > 0 ? Integer.parseInt(arguments[0]) : GIB;
    var data =
        arguments.length > 1
            ? Files.createDirectories(Path.of(arguments[1]))
            : Files.createTempDirectory("kintsugi-bench");
    long size = (long) gib << 30;
    System.out.printf(
        "java %s, an object of %d GiB in parts of 1 GiB as 6+2 on %s, the node with -Xmx512m; each"
            + " part flushed and committed before it is answered%n",
        Runtime.version(), gib, Files.getFileStore(data).type());
    try (var node = BenchNode.startIn("512m", data)) {
      run(node, size);
    } finally {
      if (arguments.length < 2) {
        BenchNode.remove(data);
      }
    }
  }

  private static void run(BenchNode node, long size) throws Exception {
    var piece = new byte[PIECE_BYTES];
    new Random(11).nextBytes(piece);
    node.s3().put("/bench", new byte[0]);
    watched(
        node,
        "PUT",
        size,
        () ->
            node.s3()
                .putParts("/bench/huge", (int) (size / PART_BYTES), part -> part(piece, part)));
    watched(
        node,
        "GET",
        size,
        () -> {
          try (var got = node.s3().open("/bench/huge")) {
            compare(got, new RepeatedBytes(piece, 0, size), size);
          }
        });
    System.out.println("the same bytes came back");
  }

  private static HttpRequest.BodyPublisher part(byte[] piece, int number) {
    long from = (number - 1) * PART_BYTES;
    return HttpRequest.BodyPublishers.fromPublisher(
        HttpRequest.BodyPublishers.ofInputStream(
            () -> new RepeatedBytes(piece, from, from + PART_BYTES)),
        PART_BYTES);
  }

  /// What is done while the node is watched.
  private interface Work {
    void run() throws Exception;
  }

  private static void watched(BenchNode node, String what, long size, Work work) throws Exception {
    List<String> heaps = new ArrayList<>();
    List<String> residents = new ArrayList<>();
    long began = System.nanoTime();
    try (var threads = Executors.newSingleThreadScheduledExecutor()) {
      threads.scheduleAtFixedRate(
          () -> {
            try {
              heaps.add(String.valueOf(node.liveHeapBytes() >> 20));
              residents.add(String.valueOf(node.residentBytes() >> 20));
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          },
          0,
          LOOK_MILLIS,
          TimeUnit.MILLISECONDS);
      work.run();
      threads.shutdownNow();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s %.0f s, %.1f MB/s%n  MiB of live heap after a collection, every %d s: %s%n"
            + "  MiB resident: %s%n",
        what,
        seconds,
        size / MB / seconds,
        LOOK_MILLIS / 1000,
        String.join(" ", heaps),
        String.join(" ", residents));
  }

  private static void compare(InputStream got, InputStream expected, long size) throws IOException {
    var one = new byte[COMPARED_BYTES];
    long at = 0;
    while (true) {
      int length = got.readNBytes(one, 0, one.length);
      var other = expected.readNBytes(length);
      if (!Arrays.equals(one, 0, length, other, 0, other.length)) {
        throw new IllegalStateException("other bytes came back at " + at);
      }
      at += length;
      if (length < one.length) {
        break;
      }
    }
    if (at != size) {
      throw new IllegalStateException(at + " bytes came back");
    }
  }
}
