package io.kintsugi.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Kills this process where it passes one [CrashPoint] for the n-th time.
///
/// It sends SIGKILL to itself, so no thread does anything more: neither the one that came here,
/// which does not return from the call, nor any other, once the kernel has told its core. No hook
/// runs, no buffer of the JVM is written out.
final class CrashFuse {
  private static final int SIGKILL = 9;

  /// What a shell says of one who was killed.
  private static final int KILLED = 128 + SIGKILL;

  private final CrashPoint point;
  private final int passing;
  private final AtomicInteger passed = new AtomicInteger();
  private final int pid = (int) ProcessHandle.current().pid();

  /// Found beforehand: nothing is to be loaded between the point and the end.
  private final @Nullable MethodHandle kill = findKill();

  private CrashFuse(CrashPoint point, int passing) {
    this.point = point;
    this.passing = passing;
  }

  /// Reads `<point>` or `<point>:<passing>`; null for null.
  static @Nullable CrashFuse of(@Nullable String text) {
    if (text == null) {
      return null;
    }
    var words = text.split(":", 2);
    var point =
        Arrays.stream(CrashPoint.values())
            .filter(known -> known.word().equals(words[0]))
            .findFirst()
            .orElseThrow(() -> refused(text));
    var passing = words.length == 1 ? "1" : words[1];
    if (!passing.matches("[1-9][0-9]{0,5}")) {
      throw refused(text);
    }
    return new CrashFuse(point, Integer.parseInt(passing));
  }

  private static IllegalArgumentException refused(String text) {
    return new IllegalArgumentException(
        CrashPoint.PROPERTY + " must be <point> or <point>:<passing>, not '" + text + "'");
  }

  void pass(CrashPoint here) {
    if (here == point && passed.incrementAndGet() == passing) {
      die();
    }
  }

  private void die() {
    if (kill != null) {
      try {
        int _ = (int) kill.invokeExact(pid, SIGKILL);
      } catch (Throwable e) {
        Runtime.getRuntime().halt(KILLED);
      }
    }
    // Where there is no such call. To files it is the same.
    Runtime.getRuntime().halt(KILLED);
  }

  // The signature below is that of POSIX, on which the whole safety of the call rests.
  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle findKill() {
    var linker = Linker.nativeLinker();
    var signature = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT);
    return linker
        .defaultLookup()
        .find("kill")
        .map(symbol -> linker.downcallHandle(symbol, signature))
        .orElse(null);
  }

  @Override
  public String toString() {
    return point.word() + ":" + passing;
  }
}
