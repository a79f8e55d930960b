package io.kintsugi.s3;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/// The one thing that the public face of Vert.x cannot do with a connection.
final class Wire {
  private Wire() {}

  /// Ends a connection at once. A plain close first waits until everything written was taken, which
  /// a client that has stopped reading never does.
  static void cut(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      var _ = base.channelHandlerContext().close();
    } else {
      connection.close();
    }
  }
}
