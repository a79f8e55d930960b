package io.kintsugi.driver;

import io.vertx.core.http.HttpMethod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Uploads in parts that were begun and never ended. Nobody sees them, and they are paid for.
final class S3Uploads {
  private static final Logger LOG = LoggerFactory.getLogger(S3Uploads.class);
  private static final int PAGES_MAX = 1000;

  private final S3Place place;

  S3Uploads(S3Place place) {
    this.place = place;
  }

  /// Gives up those that were begun before then under names of the caller's own.
  int giveUp(Instant before, Predicate<String> own) throws DriverException {
    var stale = new ArrayList<S3Xml.Begun>();
    S3Xml.@Nullable Uploads page = null;
    for (int i = 0; i < PAGES_MAX && (page == null || page.isTruncated()); i++) {
      var answer = place.send("", question(page));
      if (answer.status() == 501 || answer.status() == 405) {
        return 0;
      }
      page = place.uploads("", place.done("", answer));
      page.begun().stream().filter(one -> isStale(one, before, own)).forEach(stale::add);
    }
    return abort(stale);
  }

  private S3Request question(S3Xml.@Nullable Uploads before) {
    var first =
        S3Request.of(HttpMethod.GET, "")
            .with("uploads", "")
            .with("prefix", place.settings().prefix());
    return before == null
        ? first
        : first
            .with("key-marker", before.nextKey())
            .with("upload-id-marker", before.nextUploadId());
  }

  /// What tells no time of its beginning is left alone.
  private boolean isStale(S3Xml.Begun one, Instant before, Predicate<String> own) {
    var prefix = place.settings().prefix();
    return one.key().startsWith(prefix)
        && own.test(one.key().substring(prefix.length()))
        && one.initiated().isAfter(Instant.EPOCH)
        && one.initiated().isBefore(before);
  }

  private int abort(List<S3Xml.Begun> stale) throws DriverException {
    for (var one : stale) {
      var name = one.key().substring(place.settings().prefix().length());
      var request = S3Request.of(HttpMethod.DELETE, one.key()).with("uploadId", one.uploadId());
      var answer = place.send(name, request);
      if (!answer.isMissing()) {
        place.done(name, answer);
      }
      LOG.debug("gave up the upload of {} begun {}", name, one.initiated());
    }
    return stale.size();
  }
}
