package io.kintsugi.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Takes a directory away that `mount` gave, from any terminal and whatever became of that.
@Command(
    name = "unmount",
    mixinStandardHelpOptions = true,
    description = "Takes away a directory that 'mount' gave.")
final class UnmountCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "DIR")
  private Path directory = Path.of("");

  @Option(
      names = "--lazy",
      description = "Also while somebody uses it: it goes once the last one is done.")
  private boolean lazy;

  @Override
  public Integer call() {
    var place = MountCommand.plain(directory);
    var mount = Mounts.at(place);
    if (mount.isEmpty() || !mount.get().isOurs()) {
      throw new ApiFailure("USAGE", "no bucket is mounted at " + place);
    }
    var said = Fuse.unmount(place, lazy);
    if (!said.isEmpty()) {
      throw new ApiFailure(
          "AMISS", said + (lazy ? "" : "; if it is in use, try again, or say --lazy"));
    }
    Kintsugi.of(Objects.requireNonNull(spec)).out().println("unmounted " + place);
    return Kintsugi.DONE;
  }
}
