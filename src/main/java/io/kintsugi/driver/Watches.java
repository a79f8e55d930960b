package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Change;
import io.kintsugi.driver.Driver.Watching;
import java.time.Duration;
import java.util.function.Consumer;

/// Ways to hear of changes that others make.
public final class Watches {
  /// What is told where the place is looked at again and again.
  public enum Told {
    ALL,
    /// Nothing of a name that nothing bore at the look before.
    OF_KNOWN_NAMES
  }

  private Watches() {}

  /// Watches a folder of any place: by what it tells itself, or else by looking again and again.
  /// Where it is looked for, what vanishes and comes back between two looks is not told, and a
  /// folder that vanished is told with all that was in it.
  ///
  /// @param interval how long it rests between two looks
  public static Watching begin(
      Driver driver, String folder, Duration interval, Told what, Consumer<Change> listener)
      throws DriverException {
    var told = driver.watch(folder, listener);
    return told != null
        ? told
        : PolledWatch.begin(driver, folder, new PolledWatch.Manner(interval, what), listener);
  }
}
