package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Kind;
import java.time.Instant;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a process that died in the middle of its writing left behind, and nobody sees.
public final class Leftovers {
  private static final int PAGE_ENTRIES = 1000;

  private Leftovers() {}

  /// Takes away what was begun before then: files under names that [Passing#is] knows, in all
  /// folders but some, and what the place itself keeps of names that are the caller's own.
  ///
  /// @param before longer ago than any writing can last, by the clock of the place
  /// @param apart folders of the root to pass over, in which nothing is ever published
  /// @return how much was taken away
  public static int sweep(Driver driver, Instant before, Set<String> apart, Predicate<String> own)
      throws DriverException {
    int swept = driver.giveUp(before, own);
    return swept + sweep(driver, "", before, apart);
  }

  private static int sweep(Driver driver, String folder, Instant before, Set<String> apart)
      throws DriverException {
    int swept = 0;
    for (var name : driver.list(folder)) {
      if (Passing.is(name)) {
        swept += sweepFile(driver, within(folder, name), before);
      }
    }
    for (@Nullable String after = ""; after != null; ) {
      var page = driver.list(folder, after, PAGE_ENTRIES);
      for (var entry : page.entries()) {
        var path = within(folder, entry.name());
        if (entry.kind() == Kind.FOLDER && !apart.contains(path)) {
          swept += sweepFolder(driver, path, before, apart);
        }
      }
      after = page.next();
    }
    return swept;
  }

  private static String within(String folder, String name) {
    return folder.isEmpty() ? name : folder + "/" + name;
  }

  private static int sweepFolder(Driver driver, String path, Instant before, Set<String> apart)
      throws DriverException {
    try {
      return sweep(driver, path, before, apart);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        // Gone meanwhile, with all that was in it.
        return 0;
      }
      throw e;
    }
  }

  private static int sweepFile(Driver driver, String path, Instant before) throws DriverException {
    try {
      var entry = driver.stat(path);
      if (entry.kind() != Kind.FILE || !entry.modified().isBefore(before)) {
        return 0;
      }
      driver.remove(path);
      return 1;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return 0;
      }
      throw e;
    }
  }
}
