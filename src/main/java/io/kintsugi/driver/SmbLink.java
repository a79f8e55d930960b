package io.kintsugi.driver;

import com.hierynomus.protocol.transport.TransportException;
import com.hierynomus.smbj.SMBClient;
import com.hierynomus.smbj.connection.Connection;
import com.hierynomus.smbj.share.DiskShare;
import java.io.Closeable;
import java.io.IOException;

/// One connection to an SMB server with one share of it.
record SmbLink(SMBClient client, Connection connection, DiskShare share) implements Closeable {
  boolean isUsable() {
    return connection.isConnected() && share.isConnected();
  }

  /// Cuts the connection; nobody waits for the server, nor for an answer that will not come.
  @Override
  public void close() throws IOException {
    try {
      connection.close(true);
    } finally {
      connection.handleError(new TransportException("closed"));
    }
  }
}
