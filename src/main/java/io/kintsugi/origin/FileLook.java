package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// What a look at the root of an origin for plain files showed.
sealed interface FileLook {
  record Seen(String identity, Driver.Space space) implements FileLook {}

  record NoRoot() implements FileLook {}

  record Failed(String reason) implements FileLook {}

  /// This process may open no more files; the place itself may be well.
  record Starved(String reason) implements FileLook {}

  /// What it says of the place that was registered.
  enum Verdict {
    OURS,
    /// Another folder stands there: another disk, or none where one should be mounted.
    FOREIGN,
    /// Nobody can tell now.
    UNREADABLE
  }

  /// Looks; blocks.
  static FileLook take(Driver driver) {
    try {
      return new Seen(driver.identity().key(), driver.space());
    } catch (DriverException e) {
      return switch (e.fault()) {
        case Fault.NotFound _ -> new NoRoot();
        case Fault.TooManyFiles fault -> new Starved(fault.text());
        default -> new Failed(e.fault().text());
      };
    }
  }

  /// What a look says of the place.
  ///
  /// @param root as it was registered; null: whatever is there is right
  @Pure
  static Verdict judge(FileLook look, @Nullable String root) {
    return look instanceof Seen(var identity, _)
        ? root == null || root.equals(identity) ? Verdict.OURS : Verdict.FOREIGN
        : Verdict.UNREADABLE;
  }

  /// Why it is not what it should be; null if it is.
  @Pure
  static @Nullable String reason(FileLook look, @Nullable String root) {
    return switch (look) {
      case Seen _ ->
          judge(look, root) == Verdict.OURS
              ? null
              : "another folder stands where it was registered: is the right disk mounted? If this"
                  + " is right, replace the origin";
      case NoRoot() -> "its folder is not there; is it mounted?";
      case Failed(var why) -> why;
      case Starved(var why) -> why;
    };
  }
}
