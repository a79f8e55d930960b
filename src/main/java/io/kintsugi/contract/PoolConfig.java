package io.kintsugi.contract;

/// How all origins together are used.
///
/// @param strategy the order in which origins are taken where a bucket names none; new buckets take
///   it
/// @param replicationFactor so many copies must be flushed before a write is acknowledged that goes
///   to all origins (Replicated); elsewhere a bucket's layout says how many shards there are
/// @param healthCheckIntervalMillis how often each origin is probed
/// @param autoFailover another origin takes the place of one that is ill; if not, its place stays
///   empty
/// @param minHealthyBackends with fewer healthy origins nothing is written
public record PoolConfig(
    String strategy,
    int replicationFactor,
    long healthCheckIntervalMillis,
    boolean autoFailover,
    int minHealthyBackends) {
  public static final PoolConfig DEFAULT = new PoolConfig("RoundRobin", 1, 30_000, true, 1);
}
