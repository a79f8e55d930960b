package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Root and folders, where only keys are. What was seen of them is remembered, so that not every
/// writing asks for its folder first.
final class S3Folders {
  /// For so long a root that vanished may still be taken for one that is there.
  private static final Duration REMEMBERED = Duration.ofSeconds(2);

  private static final int KNOWN_MAX = 20_000;

  private final S3Place place;

  /// Folders of the root that was seen last. They are there as long as it is: nothing of ours takes
  /// a mark away.
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Seen seen;

  private record Seen(String identity, long atNanos) {}

  S3Folders(S3Place place) {
    this.place = place;
  }

  /// Of the root; fails if it is not there.
  String identity() throws DriverException {
    place.requireOpen("");
    var last = seen;
    if (last != null && System.nanoTime() - last.atNanos() < REMEMBERED.toNanos()) {
      return last.identity();
    }
    var found = lookAtRoot();
    if (found == null) {
      throw new DriverException(new Fault.NotFound(""));
    }
    return found;
  }

  /// Asks whether the bucket is there and ours to use, then for the root's mark; null if there is
  /// no root.
  @Nullable String lookAtRoot() throws DriverException {
    var at = System.nanoTime();
    requireBucket();
    var found = rootIdentity();
    var before = seen;
    if (found == null || before == null || !before.identity().equals(found)) {
      known.clear();
    }
    seen = found == null ? null : new Seen(found, at);
    return found;
  }

  private void requireBucket() throws DriverException {
    var answer = place.send("", S3Request.of(HttpMethod.HEAD, ""));
    var bucket = "bucket " + place.settings().bucket();
    switch (answer.status()) {
      case 404 -> throw new DriverException(new Fault.Misconfigured("", "there is no " + bucket));
      case 400, 401, 403 ->
          throw new DriverException(
              new Fault.Misconfigured("", "the server lets us not use " + bucket));
      default -> place.done("", answer);
    }
  }

  private @Nullable String rootIdentity() throws DriverException {
    var answer = place.send("", S3Request.of(HttpMethod.GET, place.markKey("")));
    if (!answer.isMissing()) {
      return place.done("", answer).body().toString(UTF_8);
    }
    // Others' keys may stand there, below which a root was never made.
    var settings = place.settings();
    return place.hasKeys("") ? settings.bucket() + "/" + settings.prefix() : null;
  }

  void forget() {
    seen = null;
    known.clear();
  }

  /// Fails if a folder is not there.
  ///
  /// @param name that is worked on
  void require(String folder, String name) throws DriverException {
    identity();
    if (!folder.isEmpty() && !isThere(folder)) {
      throw new DriverException(new Fault.NotFound(name));
    }
  }

  private boolean isThere(String folder) throws DriverException {
    if (known.contains(folder)) {
      return true;
    }
    boolean there = place.hasKeys(folder);
    if (there) {
      remember(folder);
    }
    return there;
  }

  private void remember(String folder) {
    if (known.size() >= KNOWN_MAX) {
      known.clear();
    }
    known.add(folder);
  }

  /// Makes a folder in one that is there.
  void make(String folder) throws DriverException {
    place.key(folder);
    require(Segments.folder(folder), folder);
    if (isThere(folder)) {
      return;
    }
    if (place.isFile(folder)) {
      throw new DriverException(new Fault.Exists(folder));
    }
    place.ask(folder, S3Request.of(HttpMethod.PUT, place.markKey(folder)).body(new byte[0]));
    remember(folder);
  }

  /// Makes the folder of a file, if only that is missing.
  void makeFor(String name) throws DriverException {
    var folder = Segments.folder(name);
    if (folder.isEmpty()) {
      identity();
    } else if (known.contains(folder)) {
      identity();
      // What was known of another root is forgotten by now.
      if (!known.contains(folder)) {
        make(folder);
      }
    } else {
      make(folder);
    }
  }
}
