package io.kintsugi.driver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A folder of a mounted file system, such as NFS. Its server may go away, then every call hangs;
/// and the mount may go away, then an empty folder of the local disk stands there, which is never
/// taken for it.
public final class MountedDriver extends LocalDriver {
  private final @Nullable Path mountPoint;

  public MountedDriver(MountSettings settings) {
    super(settings.path());
    var point = settings.mountPoint();
    mountPoint = point == null ? null : point.toAbsolutePath().normalize();
  }

  /// The kernel's table is asked each time: it answers though the mount hangs, and what was true a
  /// moment ago does not count.
  @Override
  void requirePresent(String name) throws DriverException {
    if (mountPoint != null && !Errno.attempt(name, () -> MountTable.has(mountPoint))) {
      throw new DriverException(
          new Fault.Disconnected(name, "nothing is mounted at " + mountPoint));
    }
  }

  /// Never past the cache: what that means is the server's affair, and not each mount can do it.
  @Override
  public Reading openUncached(String name) throws DriverException {
    return openRead(name);
  }

  /// Only NFS from 4.2 on has its server copy: elsewhere the kernel reads all of it and writes it
  /// again.
  @Override
  public Copying copying() throws DriverException {
    boolean serverCopies =
        mountPoint != null && Errno.attempt("", () -> MountTable.copiesAtServer(mountPoint));
    return serverCopies
        ? LocalAssembling.COPYING
        : new Copying.Never("only a mount of NFS 4.2 has its server copy ranges");
  }

  /// Some servers tell times in seconds.
  @Override
  public Duration timeGrain() {
    return Duration.ofSeconds(2);
  }

  /// Servers keep other clocks, and some mounts number their files anew each time.
  @Override
  boolean tellsTags() {
    return false;
  }

  /// The kernel tells only of changes that were made by way of this mount.
  @Override
  public @Nullable Watching watch(String folder, Consumer<Change> listener) {
    return null;
  }
}
