package io.kintsugi.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// Intel's storage library, as the system installed it, by its fast entry over memory outside the
/// heap: one product of a matrix and k cells.
final class IsaL {
  private static final int TABLE_BYTES = 32;
  private static final MethodHandle INIT =
      handle("ec_init_tables", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle ENCODE =
      handle(
          "ec_encode_data",
          FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS));

  private static final MethodHandle SUM =
      handle("crc32_iscsi", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

  private final int k;
  private final int rows;
  private final MemorySegment tables;

  IsaL(byte[][] matrix) {
    this.rows = matrix.length;
    this.k = matrix[0].length;
    this.tables = Arena.global().allocate((long) TABLE_BYTES * k * rows, 64);
    var elements = Arena.global().allocate((long) k * rows);
    for (int i = 0; i < rows; i++) {
      MemorySegment.copy(matrix[i], 0, elements, JAVA_BYTE, (long) i * k, k);
    }
    try {
      INIT.invokeExact(k, rows, elements, tables);
    } catch (Throwable e) {
      throw new IllegalStateException("ec_init_tables", e);
    }
  }

  void multiply(int cellBytes, MemorySegment sources, MemorySegment targets) {
    try {
      ENCODE.invokeExact(cellBytes, k, rows, tables, sources, targets);
    } catch (Throwable e) {
      throw new IllegalStateException("ec_encode_data", e);
    }
  }

  /// CRC32C of one cell, as the product means it.
  static int sum(MemorySegment cell, int cellBytes) {
    try {
      return ~(int) SUM.invokeExact(cell, cellBytes, -1);
    } catch (Throwable e) {
      throw new IllegalStateException("crc32_iscsi", e);
    }
  }

  /// The array of pointers that the library wants, to cells at multiples of 64.
  static MemorySegment cells(int count, int cellBytes) {
    var pointers = Arena.global().allocate(MemoryLayout.sequenceLayout(count, ADDRESS));
    for (int i = 0; i < count; i++) {
      pointers.setAtIndex(ADDRESS, i, Arena.global().allocate(cellBytes, 64));
    }
    return pointers;
  }

  static MemorySegment cell(MemorySegment pointers, int index, int cellBytes) {
    return pointers.getAtIndex(ADDRESS, index).reinterpret(cellBytes);
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    var library = SymbolLookup.libraryLookup("libisal.so.2", Arena.global());
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
  }
}
