package io.kintsugi.erasure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Which kernel computes the codes of this process. The scalar one serves from the first moment;
/// vector code is hundreds of times slower until the compiler has seen it often, so it takes over
/// only after it was warmed up, gave the scalar one's bits and proved to be faster.
public final class Kernels {
  private static final AtomicBoolean STARTED = new AtomicBoolean();
  private static final CountDownLatch WARM = new CountDownLatch(1);
  private static volatile Kernel active = ScalarKernel.INSTANCE;

  private Kernels() {}

  /// `vector-512`, `vector-256`, `vector-128` or `scalar`.
  public static String active() {
    return active.name();
  }

  /// Starts the choice in the background, once; later calls do nothing.
  public static void warmUp() {
    if (STARTED.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("erasure-warm-up").start(Kernels::choose);
    }
  }

  /// Starts the choice if nobody has, and waits until it is made or the limit has passed.
  public static void awaitWarm(Duration limit) {
    warmUp();
    try {
      boolean _ = WARM.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  static Kernel current() {
    return active;
  }

  /// All kernels that can run here: the widest first, the scalar one last.
  static List<Kernel> candidates() {
    var kernels = new ArrayList<Kernel>();
    try {
      kernels.addAll(VectorWidths.kernels());
    } catch (LinkageError _) {
      // The process was started without the vector module: active() says so.
    }
    kernels.add(ScalarKernel.INSTANCE);
    return kernels;
  }

  private static void choose() {
    try {
      active = KernelTrial.fastest(candidates());
    } finally {
      WARM.countDown();
    }
  }
}
