package io.kintsugi.origin;

import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// What the fault of a place means to those who asked its origin.
@Pure
final class Failures {
  private Failures() {}

  /// The fault inside a failure, if it is a driver's.
  static @Nullable Fault fault(Throwable cause) {
    return cause instanceof DriverException e ? e.fault() : null;
  }

  static Failure of(String originId, Throwable cause) {
    var fault = fault(cause);
    if (fault == null) {
      return Failure.from(cause);
    }
    var code =
        switch (fault) {
          case Fault.NotFound _ -> FailureCode.NOT_FOUND;
          case Fault.Exists _ -> FailureCode.CONFLICT;
          case Fault.Full _ -> FailureCode.STORAGE_ERROR;
          case Fault.Timeout _ -> FailureCode.TIMEOUT;
          case Fault.ReadOnly _,
              Fault.Denied _,
              Fault.TooManyFiles _,
              Fault.Disconnected _,
              Fault.Throttled _,
              Fault.Misconfigured _,
              Fault.Io _ ->
              FailureCode.UNAVAILABLE;
        };
    var what = code == FailureCode.NOT_FOUND ? "shard" : "origin";
    return Failure.of(code, "origin " + originId + ": " + fault.text(), "what", what);
  }
}
