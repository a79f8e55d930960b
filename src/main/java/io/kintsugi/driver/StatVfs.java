package io.kintsugi.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What the JDK does not tell of a file system: free inodes, and, where there is no mount table,
/// the size of its blocks.
final class StatVfs {
  static final long UNKNOWN = -1;

  /// `struct statvfs` of 64-bit Linux begins with longs; the eighth is `f_favail`.
  private static final long FAVAIL_AT = 7 * Long.BYTES;

  private static final long FRSIZE_AT = Long.BYTES;
  private static final long FILES_AT = 5 * Long.BYTES;
  private static final long STRUCT_BYTES = 256;

  private final @Nullable MethodHandle statvfs = find();

  /// Free inodes of the file system of a path; [#UNKNOWN] if it has no such bound or does not tell.
  long freeInodes(Path path) {
    return ask(
        path, told -> told.get(JAVA_LONG, FILES_AT) > 0 ? told.get(JAVA_LONG, FAVAIL_AT) : UNKNOWN);
  }

  /// [#UNKNOWN] if it does not tell.
  long blockBytes(Path path) {
    return ask(path, told -> told.get(JAVA_LONG, FRSIZE_AT));
  }

  private long ask(Path path, ToLongFunction<MemorySegment> read) {
    if (statvfs == null) {
      return UNKNOWN;
    }
    try (var arena = Arena.ofConfined()) {
      var answer = arena.allocate(STRUCT_BYTES, Long.BYTES);
      var name = arena.allocateFrom(path.toString());
      return (int) statvfs.invokeExact(name, answer) == 0 ? read.applyAsLong(answer) : UNKNOWN;
    } catch (Throwable e) {
      throw new IllegalStateException("statvfs cannot be called", e);
    }
  }

  // The signature below is that of POSIX, on which the whole safety of the call rests.
  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle find() {
    boolean known = System.getProperty("os.name").equals("Linux") && ADDRESS.byteSize() == 8;
    if (!known) {
      return null;
    }
    var linker = Linker.nativeLinker();
    var signature = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
    return linker
        .defaultLookup()
        .find("statvfs")
        .map(symbol -> linker.downcallHandle(symbol, signature))
        .orElse(null);
  }
}
