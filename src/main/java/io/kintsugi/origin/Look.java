package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Marker;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.origin.Marking.Content;
import io.kintsugi.origin.Marking.Seen;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What an origin showed when it was looked at: its marker, its room, whether it takes writes.
///
/// @param identity of the root; null if it could not be told
/// @param space null if it could not be told
/// @param writable whether a shard could be made, as far as can be told
/// @param hasObjects the folder of all leaves is there
record Look(
    Driver.@Nullable Identity identity,
    Seen seen,
    Driver.@Nullable Space space,
    boolean writable,
    boolean hasObjects) {
  private static final Set<String> FAMILIAR = Set.of(Names.OBJECTS, PackName.FOLDER, "journal");

  /// Made by the file system itself, in the root of every disk.
  private static final String LOST_AND_FOUND = "lost+found";

  static Look failed(String reason) {
    return nothing(new Seen.Failed(reason, false));
  }

  private static Look nothing(Seen seen) {
    return new Look(null, seen, null, false, false);
  }

  /// Why nothing was seen, if that is not the place's fault; else null.
  @Nullable String starved() {
    return seen instanceof Seen.Starved(var reason) ? reason : null;
  }

  /// Looks; blocks.
  static Look take(Driver driver, Function<byte[], Seen> judge) {
    try {
      var identity = driver.identity();
      var seen = seen(driver, judge);
      boolean marked = seen instanceof Seen.Marked;
      boolean hasObjects = marked && exists(driver, Names.OBJECTS);
      boolean writable = driver.isWritable(hasObjects ? Names.OBJECTS : "");
      return new Look(identity, seen, driver.space(), writable, hasObjects);
    } catch (DriverException e) {
      return switch (e.fault()) {
        case Fault.NotFound _ -> nothing(new Seen.NoRoot());
        case Fault.TooManyFiles fault -> nothing(new Seen.Starved(fault.text()));
        case Fault.Misconfigured fault -> nothing(new Seen.Failed(fault.text(), true));
        default -> failed(e.fault().text());
      };
    }
  }

  private static Seen seen(Driver driver, Function<byte[], Seen> judge) throws DriverException {
    try {
      return judge.apply(driver.readSmall(Marker.FILE_NAME, Marker.MAX_BYTES + 1));
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return new Seen.NoMarker(content(driver.list("")));
      }
      throw e;
    }
  }

  private static Content content(List<String> names) {
    var rest = names.stream().filter(name -> !name.equals(LOST_AND_FOUND)).toList();
    if (rest.isEmpty()) {
      return Content.EMPTY;
    }
    return FAMILIAR.containsAll(rest) ? Content.FAMILIAR : Content.STRANGE;
  }

  private static boolean exists(Driver driver, String folder) throws DriverException {
    try {
      driver.sizeOf(folder);
      return true;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return false;
      }
      throw e;
    }
  }
}
