package io.kintsugi.erasure;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.stream.Stream;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorSpecies;

/// The vector kernels that this processor may run. Touching this class without the vector module is
/// a [LinkageError].
final class VectorWidths {
  private VectorWidths() {}

  /// The widest first. A width above the processor's own would run, but thousands of times slower.
  static List<Kernel> kernels() {
    int widestBits = ByteVector.SPECIES_PREFERRED.vectorBitSize();
    return Stream.of(ByteVector.SPECIES_512, ByteVector.SPECIES_256, ByteVector.SPECIES_128)
        .filter(species -> species.vectorBitSize() <= widestBits)
        .map(VectorWidths::kernel)
        .toList();
  }

  private static Kernel kernel(VectorSpecies<Byte> species) {
    try (var bytes = VectorKernel.class.getResourceAsStream("VectorKernel.class")) {
      if (bytes == null) {
        throw new NoClassDefFoundError("the vector kernel is not a resource of its class loader");
      }
      var kernel =
          MethodHandles.lookup()
              .defineHiddenClassWithClassData(bytes.readAllBytes(), species, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
      return new FencedKernel((Kernel) kernel);
    } catch (IOException | ReflectiveOperationException e) {
      throw new LinkageError("no vector kernel of " + species.vectorBitSize() + " bits", e);
    }
  }
}
