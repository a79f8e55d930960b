package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Leftovers;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes away, now and then, what writings that never ended left on one origin.
final class Sweeping {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeping.class);
  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration EVERY = Duration.ofDays(1);

  /// Longer than any writing lasts, and than clocks of servers go wrong.
  private static final Duration GRACE = Duration.ofDays(2);

  private static final Duration LONGEST = Duration.ofHours(1);

  /// Nothing in them is ever published, and they may be large.
  private static final Set<String> APART =
      Set.of(Names.OBJECTS, PackName.FOLDER, JournalName.FOLDER, Clearing.QUARANTINE);

  private final World world;
  private final String originId;
  private final Driver driver;
  private final OriginThreads threads;

  private final Set<String> apart;
  private final Predicate<String> own;
  private final BooleanSupplier writable;
  private final BooleanSupplier written;

  private Sweeping(
      World world,
      String originId,
      Driver driver,
      OriginThreads threads,
      Set<String> apart,
      Predicate<String> own,
      BooleanSupplier writable,
      BooleanSupplier written) {
    this.world = world;
    this.originId = originId;
    this.driver = driver;
    this.threads = threads;
    this.apart = apart;
    this.own = own;
    this.writable = writable;
    this.written = written;
  }

  static Sweeping ofShards(World world, Origin origin, OriginThreads threads) {
    return new Sweeping(
        world,
        origin.id(),
        origin.driver(),
        threads,
        APART,
        path -> Names.parse(path).isPresent(),
        () -> origin.state().writable(),
        () -> true);
  }

  /// All folders of people's are gone through only where the store ever wrote. Uploads to a bucket
  /// under names of people's may be their own.
  static Sweeping ofFiles(World world, FilePlace place, OriginThreads threads) {
    return new Sweeping(
        world,
        place.id(),
        place.driver(),
        threads,
        Set.of(),
        _ -> false,
        place::isWritable,
        place::isWritten);
  }

  void start() {
    world.after(FIRST, this::sweep);
    world.every(EVERY, this::sweep);
  }

  private void sweep() {
    if (!writable.getAsBoolean()) {
      return;
    }
    boolean surely = written.getAsBoolean();
    threads
        .run(LONGEST, () -> swept(surely), _ -> {})
        .onSuccess(count -> {
          if (count > 0) {
            LOG.info("origin={} leftovers={} swept", originId, count);
          }
        })
        .onFailure(cause ->
            LOG.info("origin={} leftovers not swept: {}", originId, Failure.from(cause).text()));
  }

  /// @param surely something may have been left there; else it is looked for the store's own
  ///   folders
  private int swept(boolean surely) throws DriverException {
    if (!surely && driver.list("").stream().noneMatch(PlainFiles::isOwn)) {
      return 0;
    }
    return Leftovers.sweep(driver, world.clock().instant().minus(GRACE), apart, own);
  }
}
