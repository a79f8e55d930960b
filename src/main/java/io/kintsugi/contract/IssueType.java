package io.kintsugi.contract;

/// What a scan found wrong with an object.
public enum IssueType {
  MISSING_SHARDS("MissingShards"),
  CORRUPT_SHARDS("CorruptShards"),
  STALE_SHARDS("StaleShards"),
  MISSING_MANIFEST("MissingManifest"),
  CORRUPT_MANIFEST("CorruptManifest"),
  ORPHAN_SHARDS("OrphanShards"),
  DANGLING_ENTRY("DanglingEntry"),
  LOW_REDUNDANCY("LowRedundancy"),
  UNRECOVERABLE("Unrecoverable");

  private final String label;

  IssueType(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
