package io.kintsugi.driver;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Where the requests for a bucket go.
///
/// @param bucketPath what stands before keys in a path: `/` and the bucket, or nothing where the
///   host tells it
record S3Target(boolean tls, String host, int port, String bucketPath) {
  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  static S3Target of(S3Settings settings) {
    var at = settings.endpoint();
    return settings.pathStyle()
        ? of(settings.isTls(), at.getHost(), at.getPort(), "/" + settings.bucket())
        : of(settings.isTls(), settings.bucket() + "." + at.getHost(), at.getPort(), "");
  }

  private static S3Target of(boolean tls, String host, int port, String bucketPath) {
    return new S3Target(tls, host, port >= 0 ? port : tls ? HTTPS : HTTP, bucketPath);
  }

  /// The bucket's own path ends in a slash only in the path style.
  String path(String key) {
    return key.isEmpty() && !bucketPath.isEmpty()
        ? bucketPath
        : bucketPath + "/" + S3Signer.encode(key, true);
  }

  /// What the header `Host` says.
  String authority() {
    return port == (tls ? HTTPS : HTTP) ? host : host + ":" + port;
  }

  /// Where a server says that the bucket is; null if it says nothing that can be followed. Nothing
  /// leads from a connection that is kept secret to one that is not.
  @Nullable S3Target redirected(S3Settings settings, String location, String endpoint) {
    try {
      if (!location.isEmpty()) {
        var uri = URI.create(location);
        if (uri.getHost() == null) {
          return null;
        }
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        return tls && !secure ? null : at(secure, uri.getHost(), uri.getPort(), settings.bucket());
      }
      if (!endpoint.isEmpty()) {
        var uri = URI.create("//" + endpoint);
        return uri.getHost() == null
            ? null
            : at(tls, uri.getHost(), uri.getPort(), settings.bucket());
      }
      return null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static S3Target at(boolean tls, String host, int port, String bucket) {
    return of(tls, host, port, host.startsWith(bucket + ".") ? "" : "/" + bucket);
  }
}
