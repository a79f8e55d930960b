package io.kintsugi.rest;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeCareContract.Mirroring;
import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeCareContract.TreeCare;
import io.kintsugi.contract.TreeCareContract.Verification;
import java.time.Instant;
import java.util.List;

/// How a played tree fares.
final class TreeCares {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

  /// Everything there can be.
  static final TreeCare ALL =
      new TreeCare(
          new Verification(
              "photos",
              AT,
              null,
              List.of(
                  new SourceVerified("nas", "photos", "a/b.jpg", false, 7, 700, 600, 1, 1, null),
                  new SourceVerified("box", "", "", false, 0, 0, 0, 0, 0, "does not answer"))),
          AT.plusSeconds(60),
          List.of(
              new Damage(
                  "nas",
                  "photos/a.jpg",
                  new FileStamp(5, AT, null),
                  "1".repeat(64),
                  "2".repeat(64),
                  Damage.UNMENDABLE,
                  "no other copy has the bytes that it should have")),
          new Mirroring(AT, AT, 9, 2, 1000, 100, 1200, 1, "nas: full"));

  private TreeCares() {}
}
