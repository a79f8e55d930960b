package io.kintsugi.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A way to a server of TCP that counts every byte on it, in both directions.
public final class CountedWire implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  private final int port;
  private final ServerSocket server;
  private final AtomicLong toServer = new AtomicLong();
  private final AtomicLong fromServer = new AtomicLong();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /// @param port of the server, on loopback
  public CountedWire(int port) throws IOException {
    this.port = port;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /// Bytes that went to the server, and came from it, since this was made.
  public long bytes() {
    return toServer.get() + fromServer.get();
  }

  private void accept() {
    try {
      while (true) {
        var near = server.accept();
        open.add(near);
        var far = new Socket(InetAddress.getLoopbackAddress(), port);
        open.add(far);
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> carry(near, far, toServer));
        Thread.ofVirtual().start(() -> carry(far, near, fromServer));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void carry(Socket from, Socket to, AtomicLong count) {
    try (from;
        to) {
      carry(from.getInputStream(), to.getOutputStream(), count);
    } catch (IOException e) {
      // Either end may go at any time; then both are closed.
      open.remove(from);
    }
    open.remove(to);
  }

  private static void carry(InputStream from, OutputStream to, AtomicLong count)
      throws IOException {
    var piece = new byte[PIECE_BYTES];
    for (int length = from.read(piece); length >= 0; length = from.read(piece)) {
      count.addAndGet(length);
      to.write(piece, 0, length);
    }
  }

  @Override
  public void close() {
    Closing.quietly(server);
    open.forEach(Closing::quietly);
  }
}
