package io.kintsugi.web;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who may call while no token is needed: programs on this machine, and pages this node served. A
/// page of somebody else's in a browser here is neither, even where its name was made to point to
/// this machine.
public final class Callers {
  private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "::1");

  private Callers() {}

  public static boolean isLocal(HttpServerRequest request) {
    var address = request.remoteAddress();
    return address != null && address.isInetSocket() && isLoopback(address.hostAddress());
  }

  private static boolean isLoopback(@Nullable String address) {
    if (address == null) {
      return false;
    }
    try {
      return InetAddress.ofLiteral(address).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// Fails with FORBIDDEN for a name or page that is not ours.
  public static void requireOurs(@Nullable HostAndPort host, @Nullable String origin)
      throws Failure {
    if (host == null || !isOurs(host.host())) {
      throw Failure.of(
          FailureCode.FORBIDDEN,
          "this node is called localhost, 127.0.0.1 or [::1]; the Host header says otherwise",
          "what",
          "host");
    }
    if (origin != null && !origin.equalsIgnoreCase("http://" + authority(host))) {
      throw Failure.of(
          FailureCode.FORBIDDEN,
          "requests from pages of another origin are refused",
          "what",
          "origin");
    }
  }

  private static boolean isOurs(String name) {
    return LOOPBACK_NAMES.contains(bare(name));
  }

  private static String bare(String name) {
    var lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("[") && lower.endsWith("]")
        ? lower.substring(1, lower.length() - 1)
        : lower;
  }

  private static String authority(HostAndPort host) {
    var bare = bare(host.host());
    var name = bare.contains(":") ? "[" + bare + "]" : bare;
    return host.port() < 0 || host.port() == 80 ? name : name + ":" + host.port();
  }
}
