package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a server refuses to write a name twice where it is asked to: some only say so, so it is
/// tried once.
final class S3Probe {
  private static final Logger LOG = LoggerFactory.getLogger(S3Probe.class);

  private final S3Place place;
  private volatile @Nullable Boolean refuses;

  S3Probe(S3Place place) {
    this.place = place;
  }

  boolean refusesSecond() throws DriverException {
    var known = refuses;
    if (known == null) {
      known = look();
    }
    return known;
  }

  private synchronized boolean look() throws DriverException {
    var known = refuses;
    if (known != null) {
      return known;
    }
    var name = Passing.beside("");
    boolean found;
    try {
      found = accepts(name) && isRefused(name);
    } finally {
      place.send(name, S3Request.of(HttpMethod.DELETE, place.key(name)));
    }
    if (!found) {
      LOG.warn("bucket={} {}", place.settings().bucket(), LIMIT);
    }
    refuses = found;
    return found;
  }

  private static final String LIMIT =
      "the server does not refuse to write a name twice: each new name is asked for first";

  private boolean accepts(String name) throws DriverException {
    var answer = put(name);
    if (answer.status() == 501 || answer.status() == 400) {
      return false;
    }
    place.done(name, answer);
    return true;
  }

  private boolean isRefused(String name) throws DriverException {
    var answer = put(name);
    if (answer.status() == 412) {
      return true;
    }
    place.done(name, answer);
    return false;
  }

  private S3Answer put(String name) throws DriverException {
    return place.send(
        name,
        S3Request.of(HttpMethod.PUT, place.key(name))
            .header("if-none-match", "*")
            .body("probe".getBytes(UTF_8)));
  }

  List<String> limits() {
    var all = new ArrayList<String>();
    var known = refuses;
    if (known != null && !known) {
      all.add(LIMIT);
    }
    return all;
  }
}
