package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.ClientSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Gives a bucket as a directory for as long as it runs (B12): by rclone, from the S3 edge of a
/// node.
@Command(
    name = "mount",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Gives a bucket, federated or not, as a directory until Ctrl-C.",
      "Keys are KINTSUGI_S3_ACCESS_KEY and KINTSUGI_S3_SECRET_KEY, else those of kintsugi.toml, else"
          + " those of a development node."
    })
final class MountCommand implements Callable<Integer> {
  private static final int S3_PORT = 9001;
  private static final long START_MILLIS = 30_000;
  private static final long LOOK_MILLIS = 50;
  private static final long STORE_SECONDS = 60;
  private static final long STOP_SECONDS = 15;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "BUCKET")
  private String bucket = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DIR",
      description = "An empty directory; default: mount_point of kintsugi.toml.")
  private @Nullable Path directory;

  @Option(names = "--read-only", description = "Nothing can be written there (the default).")
  private boolean readOnly;

  @Option(names = "--writes", description = "Files can be written there, and removed.")
  private boolean writes;

  @Option(
      names = "--cache-dir",
      paramLabel = "DIR",
      description =
          "Keeps there what was read, up to --cache-gb; default: cache_dir of kintsugi.toml, else"
              + " nothing is kept.")
  private @Nullable Path cacheDir;

  @Option(
      names = "--cache-gb",
      description = "At most so much; default: content_cache_gb of kintsugi.toml, else 10.")
  private @Nullable Integer cacheGb;

  @Option(
      names = "--refresh",
      defaultValue = "10s",
      description = "How old a listing may be, such as 10s (the default) or 5m.")
  private String refresh = "10s";

  @Option(
      names = "--allow-other",
      description = "Other accounts see it too (user_allow_other in /etc/fuse.conf).")
  private boolean othersMaySee;

  @Option(
      names = "--s3-url",
      description = "S3 address of the node (KINTSUGI_S3_URL); default: as the node tells.",
      defaultValue = "${env:KINTSUGI_S3_URL}")
  private @Nullable String s3Url;

  /// Made for this mount, and gone with it.
  private @Nullable Path ownCache;

  /// Without a `..` or a link on the way, as far as it can be looked at.
  static Path plain(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      // A mount whose program has died cannot be looked at.
      return directory.toAbsolutePath().normalize();
    }
  }

  @Override
  public Integer call() {
    if (readOnly && writes) {
      throw new ApiFailure("USAGE", "--read-only and --writes exclude each other");
    }
    if (!refresh.matches("[1-9]\\d{0,6}(ms|s|m|h)")) {
      throw new ApiFailure("USAGE", "--refresh looks like 10s or 5m, not '" + refresh + "'");
    }
    Fuse.require();
    var settings = ClientSettings.read(System.getenv());
    var place = place(settings);
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    requireBucket(root.api());
    var endpoint = endpoint(root.api());
    new S3(endpoint, settings.s3AccessKey(), settings.s3SecretKey().reveal())
        .requireReadable(bucket);
    var gigabytes = cacheGb == null ? settings.cacheGb() : cacheGb;
    return serve(
        root,
        new Rclone(
            endpoint,
            settings.s3AccessKey(),
            settings.s3SecretKey(),
            bucket,
            place,
            writes,
            othersMaySee,
            refresh,
            cache(settings),
            gigabytes));
  }

  private Path place(ClientSettings settings) {
    var named = directory == null ? settings.mountPoint() : directory;
    if (named == null) {
      throw new ApiFailure("USAGE", "name the directory, or mount_point in kintsugi.toml");
    }
    var place = plain(named);
    Mounts.at(place)
        .ifPresent(mount -> {
          var hint = mount.isOurs() ? "; 'kintsugi unmount " + place + "' takes it away" : "";
          throw new ApiFailure("USAGE", mount.source() + " is mounted at " + place + hint);
        });
    try (var content = Files.list(place)) {
      if (content.findAny().isPresent()) {
        throw new ApiFailure(
            "USAGE", place + " is not empty: what is there would be out of sight; choose another");
      }
    } catch (NoSuchFileException e) {
      throw new ApiFailure("USAGE", "there is no directory " + place + "; make it first", e);
    } catch (NotDirectoryException e) {
      throw new ApiFailure("USAGE", place + " is not a directory", e);
    } catch (IOException e) {
      throw new ApiFailure("USAGE", place + " cannot be looked at: " + e.getMessage(), e);
    }
    return place;
  }

  private void requireBucket(Api api) {
    if (find(api, "buckets") != null) {
      return;
    }
    var tree = find(api, "trees");
    if (tree == null) {
      throw new ApiFailure(
          "NOT_FOUND",
          "there is no bucket " + bucket + "; 'kintsugi buckets' and 'kintsugi trees' list them");
    }
    if (writes && !tree.path("writes").asBoolean()) {
      throw new ApiFailure("USAGE", "the federated bucket " + bucket + " takes no writes");
    }
  }

  private @Nullable JsonNode find(Api api, String kind) {
    try {
      return api.get("/api/v1/" + kind + "/" + Api.escape(bucket));
    } catch (ApiFailure e) {
      if (e.code().equals("NOT_FOUND")) {
        return null;
      }
      throw e;
    }
  }

  /// Where the node says that its S3 edge is, on the host that its REST edge was found on.
  private URI endpoint(Api api) {
    var given = s3Url;
    if (given != null && !given.isEmpty()) {
      return new Api(given).base();
    }
    int port = api.get("/admin/verticles").path("ports").path("s3").asInt(S3_PORT);
    var host = api.base().getHost();
    return URI.create("http://" + host + ":" + port);
  }

  private @Nullable Path cache(ClientSettings settings) {
    var named = cacheDir == null ? settings.cacheDir() : cacheDir;
    if (named != null) {
      return named.toAbsolutePath();
    }
    if (!writes) {
      return null;
    }
    try {
      // A file may be written anywhere in; it is stored once it is closed.
      var made = Files.createTempDirectory("kintsugi-mount-");
      ownCache = made;
      return made;
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot make a directory: " + e.getMessage(), e);
    }
  }

  private int serve(Kintsugi root, Rclone rclone) {
    var place = rclone.directory();
    var process = start(rclone);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(root, process, place), "unmount"));
    try {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
      while (Mounts.at(place).isEmpty()) {
        if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          throw new ApiFailure("AMISS", "rclone ended with " + process.exitValue());
        }
        if (System.nanoTime() > end) {
          throw new ApiFailure("AMISS", "nothing is mounted after " + START_MILLIS + " ms");
        }
      }
      var how = writes ? "with writes" : "read-only";
      root.out().println("mounted %s at %s, %s; Ctrl-C unmounts".formatted(bucket, place, how));
      int code = process.waitFor();
      if (code != 0) {
        throw new ApiFailure("AMISS", "rclone ended with " + code);
      }
      return Kintsugi.DONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure("INTERRUPTED", "interrupted", e);
    }
  }

  private static Process start(Rclone rclone) {
    var builder = new ProcessBuilder(rclone.command()).inheritIO();
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(Rclone::isForeign);
    environment.putAll(rclone.environment());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot start rclone: " + e.getMessage(), e);
    }
  }

  /// Whichever way this ends, nothing stays mounted. What was written and closed is stored first:
  /// once the kernel has let go of the directory, rclone ends when it has nothing more to do. Where
  /// the directory is in use, that is not waited for.
  private void end(Kintsugi root, Process process, Path place) {
    boolean letGo = isMounted(place) && Fuse.unmount(place, false).isEmpty();
    try {
      if (!letGo || !process.waitFor(STORE_SECONDS, TimeUnit.SECONDS)) {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    if (isMounted(place)) {
      var said = Fuse.unmount(place, true);
      if (!said.isEmpty()) {
        root.err().println("kintsugi: " + place + " is still mounted: " + said);
      }
    }
    var kept = ownCache;
    if (kept != null) {
      remove(root, new MountCache(kept));
    }
  }

  private static boolean isMounted(Path place) {
    return Mounts.at(place).filter(Mounts.Mount::isOurs).isPresent();
  }

  /// What could not be stored is not thrown away.
  private void remove(Kintsugi root, MountCache cache) {
    try {
      var unstored = cache.unstored();
      if (unstored.isEmpty()) {
        cache.remove();
        return;
      }
      root.err()
          .println(
              "kintsugi: not stored: "
                  + String.join(", ", unstored)
                  + "; to store them, mount "
                  + bucket
                  + " with --writes --cache-dir "
                  + cache.folder());
    } catch (IOException | UncheckedIOException e) {
      root.err().println("kintsugi: see to " + cache.folder() + ": " + e.getMessage());
    }
  }
}
